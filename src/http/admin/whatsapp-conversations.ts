import { z } from 'zod'
import { getClient } from '../../clients/index.ts'
import { type ConversationRow, findConversation, handOver, pageConversations } from '../../conversations/index.ts'
import { InvalidRequestError } from '../../shared/errors.ts'
import { adminRoute, fromCursor, listQuery, pageOf, time, toPage } from '../api/index.ts'
import { clientName } from './budget-schemas.ts'

const status = z.enum(['bot', 'human'])
const conversation = z.object({
  id: z.string(),
  client: z.string(),
  /** Null: its number was removed. */
  channel: z.string().nullable(),
  /** Masked in the middle. */
  phone: z.string().nullable(),
  /** Who answers. */
  status,
  last_at: time,
  /** The contact wrote within the last 24 hours, so that anything may be answered. */
  is_open: z.boolean(),
  last_message: z.object({ direction: z.enum(['in', 'out']), kind: z.string(), text: z.string().nullable() }).nullable(),
})

const toJson = (row: ConversationRow): z.input<typeof conversation> => ({
  id: row.id,
  client: row.client_slug,
  channel: row.channel_id,
  phone: row.phone,
  status: row.status,
  last_at: row.last_at,
  is_open: row.is_open,
  last_message: row.last_direction === null ? null : { direction: row.last_direction, kind: row.last_kind ?? 'text', text: row.last_body },
})

/** `/api/admin/whatsapp/conversations`: who talks to a client's number, and who answers. */
export const conversationRoutes = [
  adminRoute({
    method: 'GET',
    url: '/whatsapp/conversations',
    summary: 'Conversations, the latest first; numbers are masked and texts are cut at 200 characters',
    access: 'read',
    input: { query: listQuery(['last_at'], { client: clientName.optional(), status: status.optional() }, ['desc']) },
    output: pageOf(conversation),
    async handle({ owner }, { query }) {
      const [micros, id] = fromCursor(query.cursor, z.tuple([z.string().regex(/^\d{1,18}$/), z.uuid()])) ?? []
      const rows = await pageConversations(owner, {
        clientId: query.client === undefined ? undefined : (await getClient(owner, query.client)).id,
        status: query.status,
        after: micros === undefined || id === undefined ? undefined : { micros: BigInt(micros), id },
        limit: query.limit + 1,
      })
      return toPage(rows, query.limit, { item: toJson, place: (row) => [String(row.micros), row.id] })
    },
  }),
  adminRoute({
    method: 'PATCH',
    url: '/whatsapp/conversations/:conversation',
    summary: 'Lets a person answer a conversation, or the bot again',
    access: 'write',
    input: { params: z.object({ conversation: z.uuid() }), body: z.strictObject({ status }) },
    output: conversation,
    async handle({ owner }, { params: { conversation: id }, body }) {
      const isThere = await handOver(owner, id, body.status)
      const row = isThere ? await findConversation(owner, id) : undefined
      if (row === undefined) throw new InvalidRequestError('not_found', `There is no conversation ${id}.`)
      return toJson(row)
    },
  }),
] as const
