import { z } from 'zod'
import { type ReceivedMessage, readMessage } from './read-message.ts'

/** What became of a message of ours. */
export interface ReceivedStatus {
  wamid: string
  /** Our own id of it, which we gave along when we sent it. */
  message_id: string | undefined
  /** Of an alert: the row of the delivery log that it was sent for. */
  delivery_id: string | undefined
  status: 'sent' | 'delivered' | 'read' | 'failed'
  at: string
  error: { code: number | undefined; title: string | undefined } | undefined
}

export interface Delivery {
  messages: ReceivedMessage[]
  statuses: ReceivedStatus[]
  /** All of its messages and statuses are another phone number's. */
  isForeign: boolean
}

const change = z.object({
  field: z.string(),
  value: z.object({
    metadata: z.object({ phone_number_id: z.string() }).optional(),
    messages: z.array(z.unknown()).default([]),
    statuses: z.array(z.unknown()).default([]),
  }),
})
const delivery = z.object({
  object: z.literal('whatsapp_business_account'),
  entry: z.array(z.object({ changes: z.array(z.unknown()).default([]) })),
})
const status = z.object({
  id: z.string().min(1).max(500),
  status: z.enum(['sent', 'delivered', 'read', 'played', 'failed']),
  timestamp: z.string().regex(/^\d{1,12}$/),
  biz_opaque_callback_data: z.string().optional().catch(undefined),
  errors: z
    .array(z.object({ code: z.number().optional(), title: z.string().optional() }))
    .optional()
    .catch(undefined),
})

/** Of every entry and every change what is for this phone number. Undefined for what is no delivery of WhatsApp's. */
export function readDelivery(body: Buffer, phoneNumberId: string): Delivery | undefined {
  const parsed = delivery.safeParse(parseJson(body))
  if (!parsed.success) return undefined
  const found: Delivery = { messages: [], statuses: [], isForeign: false }
  let own = 0
  let foreign = 0
  for (const each of parsed.data.entry.flatMap(({ changes }) => changes)) {
    const { data } = change.safeParse(each)
    // Other fields tell of templates and accounts.
    if (data?.field !== 'messages') continue
    if (data.value.metadata?.phone_number_id !== phoneNumberId) {
      foreign += 1
      continue
    }
    own += 1
    found.messages.push(...data.value.messages.flatMap((message) => readMessage(message) ?? []))
    found.statuses.push(...data.value.statuses.flatMap((sent) => readStatus(sent) ?? []))
  }
  return { ...found, isForeign: foreign > 0 && own === 0 }
}

function readStatus(value: unknown): ReceivedStatus | undefined {
  const { data } = status.safeParse(value)
  if (!data) return undefined
  const [error] = data.errors ?? []
  return {
    wamid: data.id,
    message_id: z.uuid().safeParse(data.biz_opaque_callback_data).data,
    delivery_id: /^[\da-f-]{36}\.[\da-f-]{36}\.(\d{1,18})$/.exec(data.biz_opaque_callback_data ?? '')?.[1],
    // A recording that was played was read.
    status: data.status === 'played' ? 'read' : data.status,
    at: new Date(Number(data.timestamp) * 1000).toISOString(),
    error: error && { code: error.code, title: error.title },
  }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
