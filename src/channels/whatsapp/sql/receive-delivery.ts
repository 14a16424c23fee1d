import type { Queryable } from '../../../database/index.ts'
import type { Delivery } from '../read-delivery.ts'

/** How many of its messages were new; undefined where the channel is gone. One statement, so one transaction. */
export async function receiveDelivery(db: Queryable, channelId: string, { messages, statuses }: Delivery): Promise<number | undefined> {
  const [row] = await db.query<{ added: number | null }>('select whatsapp_receive($1, $2, $3) as added', [
    channelId,
    JSON.stringify(messages),
    JSON.stringify(statuses),
  ])
  return row?.added ?? undefined
}
