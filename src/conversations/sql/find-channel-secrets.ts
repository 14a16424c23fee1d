import type { Queryable } from '../../database/index.ts'

export interface ChannelSecretsRow {
  client: string
  phone_number_id: string
  access_token_secret_id: string | null
  app_secret_secret_id: string | null
  verify_token_secret_id: string | null
  /** Messages of the last 24 hours that were not sent. */
  failed: number
  failed_at: Date | null
  /** The newest one's, as it was kept: Meta's words, or ours. */
  error: unknown
}

/** Of the channels that are on, without those of a simulation: where their secrets are, and what failed, by index messages_newest. */
export async function findChannelSecrets(db: Queryable): Promise<ChannelSecretsRow[]> {
  return await db.query<ChannelSecretsRow>(
    `select c.slug as client, w.phone_number_id, w.access_token_secret_id, w.app_secret_secret_id, w.verify_token_secret_id,
       m.failed, m.failed_at, m.error
     from whatsapp_channels w
     join clients c on c.id = w.client_id
     cross join lateral (
       select count(*)::int as failed, max(m.created_at) as failed_at, (array_agg(m.error order by m.created_at desc))[1] as error
       from messages m join conversations o on o.id = m.conversation_id
       where o.channel_id = w.id and m.created_at > now() - interval '24 hours' and m.direction = 'out' and m.status = 'failed'
     ) m
     where w.is_active and not w.is_simulated
     order by c.slug, w.phone_number_id`,
  )
}
