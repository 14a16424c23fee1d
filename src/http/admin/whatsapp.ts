import { z } from 'zod'
import { getClient } from '../../clients/index.ts'
import { listChannels, pageMessages } from '../../conversations/index.ts'
import { adminRoute, count, fromCursor, listQuery, pageOf, time, toPage } from '../api/index.ts'
import { clientName } from './budget-schemas.ts'

/** Secrets stay in the vault: only whether they are there is told. Counts and times of messages are of the last 24 hours. */
const channel = z.object({
  id: z.string(),
  client: z.string(),
  client_name: z.string(),
  phone: z.string().nullable(),
  phone_number_id: z.string(),
  is_active: z.boolean(),
  health: z.enum(['ready', 'failing', 'incomplete', 'off']),
  has_access_token: z.boolean(),
  has_app_secret: z.boolean(),
  has_verify_token: z.boolean(),
  conversations: count,
  conversations_with_human: count,
  last_received_at: time.nullable(),
  last_sent_at: time.nullable(),
  failed: count,
  created_at: time,
})

const message = z.object({
  id: z.string(),
  client: z.string(),
  channel: z.string().nullable(),
  /** Masked in the middle. */
  phone: z.string().nullable(),
  direction: z.enum(['in', 'out']),
  kind: z.string(),
  text: z.string().nullable(),
  status: z.string(),
  handled_by: z.enum(['bot', 'human']),
  created_at: time,
})

/** `/api/admin/whatsapp/*`: what is there of the channel, to be looked at. */
export const whatsappRoutes = [
  adminRoute({
    method: 'GET',
    url: '/whatsapp/channels',
    summary: 'Numbers on WhatsApp, by client, and whether each can receive and answer',
    access: 'read',
    input: {},
    output: z.array(channel),
    handle: async ({ owner }) =>
      (await listChannels(owner)).map((one) => ({
        id: one.id,
        client: one.client_slug,
        client_name: one.client_name,
        phone: one.phone ?? null,
        phone_number_id: one.phone_number_id,
        is_active: one.is_active,
        health: one.health,
        has_access_token: one.has_access_token,
        has_app_secret: one.has_app_secret,
        has_verify_token: one.has_verify_token,
        conversations: one.conversations,
        conversations_with_human: one.with_human,
        last_received_at: one.last_in_at,
        last_sent_at: one.last_out_at,
        failed: one.failed_today,
        created_at: one.created_at,
      })),
  }),
  adminRoute({
    method: 'GET',
    url: '/whatsapp/messages',
    summary: 'Messages, newest first; numbers are masked and texts are cut at 500 characters',
    access: 'read',
    input: { query: listQuery(['created_at'], { client: clientName.optional(), direction: z.enum(['in', 'out']).optional() }, ['desc']) },
    output: pageOf(message),
    async handle({ owner }, { query }) {
      const [micros, id] = fromCursor(query.cursor, z.tuple([z.string().regex(/^\d{1,18}$/), z.uuid()])) ?? []
      const rows = await pageMessages(owner, {
        clientId: query.client === undefined ? undefined : (await getClient(owner, query.client)).id,
        direction: query.direction,
        after: micros === undefined || id === undefined ? undefined : { micros: BigInt(micros), id },
        limit: query.limit + 1,
      })
      return toPage(rows, query.limit, {
        item: (row) => ({
          id: row.id,
          client: row.client_slug,
          channel: row.channel_id,
          phone: row.phone,
          direction: row.direction,
          kind: row.kind,
          text: row.body,
          status: row.status,
          handled_by: row.conversation_status,
          created_at: row.created_at,
        }),
        place: (row) => [String(row.micros), row.id],
      })
    },
  }),
] as const
