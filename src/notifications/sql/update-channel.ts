import type { Queryable } from '../../database/index.ts'
import type { Channel } from '../channel.ts'

export type ChannelRowChange = Partial<Pick<Channel, 'address' | 'secretId' | 'alertKinds' | 'locale' | 'isActive'>>

/** What is undefined stays. Another address, and switching it on, begin with a clean record. */
export async function updateChannel(db: Queryable, id: string, change: ChannelRowChange): Promise<void> {
  const { address, secretId, alertKinds, locale, isActive } = change
  await db.query(
    `update notification_channels n
     set address = s.address, secret_id = s.secret_id, alert_kinds = s.alert_kinds, locale = s.locale, is_active = s.is_active,
       failing_since = case when s.address = n.address and s.is_active = n.is_active then n.failing_since end,
       last_error = case when s.address = n.address and s.is_active = n.is_active then n.last_error end
     from notification_channels o
     cross join lateral jsonb_populate_record(o, $2::jsonb) as s
     where n.id = $1 and o.id = $1`,
    [id, JSON.stringify({ address, secret_id: secretId, alert_kinds: alertKinds, locale, is_active: isActive })],
  )
}
