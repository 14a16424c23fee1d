import type { Queryable } from '../../database/index.ts'
import type { Channel } from '../channel.ts'

export interface NewChannelRow extends Pick<Channel, 'id' | 'kind' | 'address' | 'secretId' | 'alertKinds' | 'locale'> {
  clientId: string | null
}

export async function insertChannel(
  db: Queryable,
  { id, clientId, kind, address, secretId, alertKinds, locale }: NewChannelRow,
): Promise<void> {
  await db.query(
    `insert into notification_channels (id, client_id, kind, address, secret_id, alert_kinds, locale)
     values ($1, $2, $3, $4, $5, $6::text[], $7)`,
    [id, clientId, kind, address, secretId, alertKinds, locale],
  )
}
