import { createHmac, randomBytes } from 'node:crypto'

/** A message as Meta delivers it, and whatever fields its kind has. */
export interface GraphMessage {
  id: string
  from: string
  timestamp: string
  type: string
  [field: string]: unknown
}

export interface GraphStatus {
  id: string
  status: string
  timestamp: string
  recipient_id: string
  [field: string]: unknown
}

/** `graphText('5511999990001', 'oi')`, or any other kind by its own field: `graphMessage(from, 'image', { id, mime_type })`. */
export function graphText(from: string, body: string, rest: Partial<GraphMessage> = {}): GraphMessage {
  return graphMessage(from, 'text', { body }, rest)
}

export function graphMessage(from: string, type: string, content: unknown, rest: Partial<GraphMessage> = {}): GraphMessage {
  return { id: newWamid(), from, timestamp: nowSeconds(), type, [type]: content, ...rest }
}

/** What became of a message that was sent. */
export function graphStatus(
  message: { wamid: string; to: string; messageId?: string | undefined },
  status: string,
  rest: object = {},
): GraphStatus {
  const opaque = message.messageId === undefined ? {} : { biz_opaque_callback_data: message.messageId }
  return { id: message.wamid, status, timestamp: nowSeconds(), recipient_id: message.to, ...opaque, ...rest }
}

/** One delivery of one entry and one change; several of either by writing the object oneself. */
export function graphDelivery(phoneNumberId: string, { messages, statuses }: { messages?: GraphMessage[]; statuses?: GraphStatus[] }) {
  const metadata = { display_phone_number: '551140000000', phone_number_id: phoneNumberId }
  const contacts = messages?.map(({ from }) => ({ profile: { name: 'Contato' }, wa_id: from }))
  const value = { messaging_product: 'whatsapp', metadata, ...(messages && { contacts, messages }), ...(statuses && { statuses }) }
  return { object: 'whatsapp_business_account', entry: [{ id: '100000000000001', changes: [{ value, field: 'messages' }] }] }
}

/** The value of `X-Hub-Signature-256`. */
export function signDelivery(body: string | Buffer, appSecret: string): string {
  return `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}`
}

/** Posts it signed, as Meta does. */
export async function deliver(url: string, delivery: object, appSecret: string): Promise<{ status: number; ms: number }> {
  const body = JSON.stringify(delivery)
  const headers = { 'content-type': 'application/json', 'x-hub-signature-256': signDelivery(body, appSecret) }
  const sinceMs = performance.now()
  const response = await fetch(url, { method: 'POST', headers, body })
  await response.arrayBuffer()
  return { status: response.status, ms: performance.now() - sinceMs }
}

export function newWamid(): string {
  return `wamid.${randomBytes(18).toString('base64url')}`
}

function nowSeconds(): string {
  return String(Math.floor(Date.now() / 1000))
}
