import { z } from 'zod'

/** A message as it is stored; the names are the columns'. */
export interface ReceivedMessage {
  wamid: string
  phone: string
  kind: string
  body: string | undefined
  sent_at: string
  needs_answer: boolean
  reply_to: string | undefined
  media: ReceivedMedia | undefined
  details: Record<string, unknown> | undefined
}

/** A file that is still at Meta. */
export interface ReceivedMedia {
  id: string
  mime_type: string
  filename?: string | undefined
  /** Of a sticker. */
  animated?: boolean | undefined
}

const longestBody = 65_536

/** PostgreSQL takes no zero characters and no halves of one: a single message with either would hold up its whole delivery for ever. */
const text = z.string().transform((value) => value.replaceAll('\u0000', '').slice(0, longestBody).toWellFormed())
const media = z.object({
  id: z.string().max(200),
  mime_type: text.default('application/octet-stream'),
  caption: text.optional(),
  filename: text.optional(),
  animated: z.boolean().optional().catch(undefined),
})
const title = z.object({ id: text.optional(), title: text })

const base = z.object({
  id: z.string().min(1).max(500),
  from: z.string().regex(/^\d{5,20}$/),
  timestamp: z.string().regex(/^\d{1,12}$/),
  type: z.string().max(40),
  context: z
    .object({ id: z.string().max(500) })
    .optional()
    .catch(undefined),
})

type Content = Partial<Pick<ReceivedMessage, 'body' | 'media' | 'details' | 'needs_answer'>>

function mediaContent(value: unknown): Content {
  const { id, mime_type, caption, filename, animated } = media.parse(value)
  return { body: caption, media: { id, mime_type, filename, animated } }
}

/** What of each kind is said, shown or chosen. A kind that is not here is stored, and not answered. */
const contents: Readonly<Record<string, (value: unknown) => Content>> = {
  text: (value) => ({ body: z.object({ body: text }).parse(value).body }),
  image: mediaContent,
  audio: mediaContent,
  video: mediaContent,
  document: mediaContent,
  sticker: mediaContent,
  button(value) {
    const { text: body, payload } = z.object({ text, payload: text.optional() }).parse(value)
    return { body, details: { payload } }
  },
  interactive(value) {
    const { button_reply, list_reply, nfm_reply } = z
      .object({ button_reply: title.optional(), list_reply: title.optional(), nfm_reply: z.object({ response_json: text }).optional() })
      .parse(value)
    const chosen = button_reply ?? list_reply
    return chosen ? { body: chosen.title, details: { id: chosen.id } } : { body: nfm_reply?.response_json }
  },
  location(value) {
    const { latitude, longitude, name, address } = z
      .object({ latitude: z.number(), longitude: z.number(), name: text.optional(), address: text.optional() })
      .parse(value)
    return { body: [`${latitude}, ${longitude}`, name, address].filter((part) => part !== undefined).join(' · ') }
  },
  contacts(value) {
    const named = z.array(z.object({ name: z.object({ formatted_name: text }) })).parse(value)
    return { body: named.map(({ name }) => name.formatted_name).join(', ') }
  },
  reaction(value) {
    const { message_id, emoji } = z.object({ message_id: text, emoji: text.optional() }).parse(value)
    return { details: { message_id, emoji: emoji ?? null }, needs_answer: false }
  },
}

/** Undefined for what is no message from a phone. */
export function readMessage(value: unknown): ReceivedMessage | undefined {
  const { data } = base.safeParse(value)
  if (!data) return undefined
  const content = readContent(data.type, (value as Record<string, unknown>)[data.type])
  // Blank words ask for nothing, and some providers refuse a whole conversation with one blank message in it.
  const body = content?.body?.trim() === '' ? undefined : content?.body
  return {
    wamid: data.id,
    phone: data.from,
    kind: data.type,
    body,
    sent_at: new Date(Number(data.timestamp) * 1000).toISOString(),
    needs_answer: content?.needs_answer ?? (body !== undefined || content?.media !== undefined),
    reply_to: data.context?.id,
    media: content?.media,
    details: content?.details,
  }
}

function readContent(type: string, value: unknown): Content | undefined {
  try {
    return contents[type]?.(value)
  } catch {
    return undefined
  }
}
