import { z } from 'zod'
import { alertKinds } from '../../alerts/index.ts'
import { getChannel, listChannelDeliveries } from '../../notifications/index.ts'
import { adminRoute, count, fromCursor, listQuery, pageOf, toPage } from '../api/index.ts'
import { attemptFields } from './delivery-attempt.ts'

const delivery = z.object({
  id: count,
  /** Null: a test. */
  alert: z.object({ id: z.string(), kind: z.enum(alertKinds), client: z.string().nullable() }).nullable(),
  ...attemptFields,
})

/** `GET /api/admin/notification-channels/:id/deliveries`: what became of what a channel was to tell, tests included. */
export const channelDeliveriesRoute = adminRoute({
  method: 'GET',
  url: '/notification-channels/:id/deliveries',
  summary: 'Each attempt to send by a channel, newest first, tests included',
  access: 'read',
  input: { params: z.object({ id: z.uuid() }), query: listQuery(['id'], {}, ['desc']) },
  output: pageOf(delivery),
  async handle({ owner }, { params: { id: channelId }, query }) {
    await getChannel(owner, channelId)
    const [before] = fromCursor(query.cursor, z.tuple([z.string().regex(/^\d{1,18}$/)])) ?? []
    const rows = await listChannelDeliveries(owner, {
      channelId,
      before: before === undefined ? undefined : BigInt(before),
      limit: query.limit + 1,
    })
    return toPage(rows, query.limit, {
      item: ({ alert_id: alert, alert_kind: kind, client, ...row }) => ({
        ...row,
        alert: alert === null || kind === null ? null : { id: alert, kind: z.enum(alertKinds).parse(kind), client },
      }),
      place: (row) => [String(row.id)],
    })
  },
})
