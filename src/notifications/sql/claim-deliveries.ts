import type { Queryable } from '../../database/index.ts'
import type { ChannelKind } from '../channel.ts'

export interface ClaimedDelivery {
  id: bigint
  alert_id: string
  channel_id: string
  kind: ChannelKind
  address: string
  secret_id: string | null
  whatsapp_channel_id: string | null
  template_name: string | null
  template_language: string
  is_clients: boolean
  locale: 'pt-BR' | 'en'
  /** In a row, before this attempt. */
  failures: number
}

/**
 * Takes what is due, the oldest of each channel and nothing of a channel that somebody is sending to: so a receiver that is slow or away
 * holds up its own notifications only. A claim ends by itself, because its process may have died. Replicas skip each other's rows.
 */
export async function claimDeliveries(db: Queryable, most: number, claimMs: number): Promise<ClaimedDelivery[]> {
  return await db.query<ClaimedDelivery>(
    `with due as (
       select d.id
       from notification_deliveries d join notification_channels n on n.id = d.channel_id
       where d.status = 'pending' and d.due_at <= now() and (d.claimed_until is null or d.claimed_until <= now()) and n.is_active
         and not exists (
           select 1 from notification_deliveries o
           where o.channel_id = d.channel_id and o.status = 'pending'
             and (o.claimed_until > now() or (o.due_at <= now() and o.id < d.id))
         )
       order by d.due_at
       limit $1
       for update of d skip locked
     ), claimed as (
       update notification_deliveries d set claimed_until = now() + make_interval(secs => $2::float8 / 1000)
       from due where d.id = due.id
       returning d.id, d.alert_id, d.channel_id, d.failures
     )
     select d.id, d.alert_id, d.channel_id, n.kind, n.address, n.secret_id, n.whatsapp_channel_id, n.template_name, n.template_language, n.client_id is not null as is_clients,
       coalesce(n.locale, case when n.client_id is not null then c.locale end, 'pt-BR') as locale, d.failures
     from claimed d join notification_channels n on n.id = d.channel_id left join clients c on c.id = n.client_id`,
    [most, claimMs],
  )
}
