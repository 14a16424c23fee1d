import type { Queryable } from '../../../database/index.ts'
import type { Delivery, ReceivedStatus } from '../read-delivery.ts'
import { storable } from '../storable.ts'

/**
 * How many of its messages were new; undefined where the channel is gone. An alert that Meta took and could not deliver is noted where it was
 * sent for, and what failed in conversations of `hurried` phones is due now. One statement, so one transaction.
 */
export async function receiveDelivery(
  db: Queryable,
  channelId: string,
  { messages, statuses }: Delivery,
  hurried: readonly string[],
): Promise<number | undefined> {
  const undelivered = statuses.flatMap(({ status, delivery_id: delivery, error }) => {
    if (status !== 'failed' || delivery === undefined) return []
    const code = Number.isInteger(error?.code) && Math.abs(error?.code ?? 0) < 2 ** 31 ? error?.code : null
    return [{ delivery, code, error: describe(error) }]
  })
  const [row] = await db.query<{ added: number | null }>(
    'select whatsapp_receive($1, $2, $3) as added, notification_undelivered($1, $4), whatsapp_hurry($1, $5)',
    [channelId, JSON.stringify(messages, storable), JSON.stringify(statuses, storable), JSON.stringify(undelivered, storable), hurried],
  )
  return row?.added ?? undefined
}

/** Numbers in it may be somebody's phone. */
function describe(error: ReceivedStatus['error']): string {
  const words = ['Meta:', error?.code, error?.title?.replace(/\d{8,}/g, '…')].filter((part) => part !== undefined)
  return error === undefined ? 'Meta: not delivered' : words.join(' ').slice(0, 300)
}
