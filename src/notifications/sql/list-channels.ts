import type { Queryable } from '../../database/index.ts'
import type { Channel } from '../channel.ts'
import { type ChannelRow, channelColumns, fromRow } from './channel-columns.ts'

/** The operator's own first, then by client. `clientId`: only that client's; `id`: only that one. */
export async function listChannels(
  db: Queryable,
  { clientId, id }: { clientId?: string | undefined; id?: string } = {},
): Promise<Channel[]> {
  const rows = await db.query<ChannelRow>(
    `select ${channelColumns}
     from notification_channels n left join clients c on c.id = n.client_id
     where ($1::uuid is null or n.client_id = $1) and ($2::uuid is null or n.id = $2)
     order by c.slug nulls first, n.kind, n.created_at, n.id`,
    [clientId, id],
  )
  return rows.map(fromRow)
}
