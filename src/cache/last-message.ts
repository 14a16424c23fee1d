import { isRecord } from '../shared/is-record.ts'

/** A conversation with the text of its last message taken out. */
export interface LastMessage {
  text: string
  /** The same request without that text: what else there is to it must be the same for an answer to be taken by meaning. */
  rest: Readonly<Record<string, unknown>>
}

/** A longer message is rarely said again in other words, and embeddings models take no more than about 8,000 tokens. */
const mostBytes = 8_000
const speakers = new Set<unknown>(['system', 'developer', 'user', 'assistant'])
const textTypes = new Set<unknown>(['text', 'input_text', 'output_text'])

/**
 * The last message of a conversation that is nothing but text, in any of the dialects or the AI SDK's own form. Undefined for any other:
 * one with tools, pictures, recordings or files, one whose last word is not the user's, and one whose last message is too long.
 */
export function takeLastMessage(body: Readonly<Record<string, unknown>>): LastMessage | undefined {
  if (isThere(body.tools) || isThere(body.functions) || isThere(body.audio)) return undefined
  const name = ['messages', 'input', 'prompt'].find((place) => Array.isArray(body[place]) || (place === 'input' && isThere(body[place])))
  if (name === undefined) return undefined
  const said = body[name]
  if (typeof said === 'string') return within(said, { ...body, [name]: '' })
  const messages = said as unknown[]
  const last = messages.at(-1)
  if (!messages.every(isPlain) || !isRecord(last) || last.role !== 'user') return undefined
  const { content } = last
  const silent = typeof content === 'string' ? '' : (content as TextPart[]).map((part) => ({ ...part, text: '' }))
  const rest = { ...body, [name]: [...messages.slice(0, -1), { ...last, content: silent }] }
  return within(typeof content === 'string' ? content : (content as TextPart[]).map(({ text }) => text).join('\n'), rest)
}

function within(text: string, rest: LastMessage['rest']): LastMessage | undefined {
  return text.trim() === '' || Buffer.byteLength(text) > mostBytes ? undefined : { text, rest }
}

interface TextPart {
  text: string
}

/** Somebody's words and nothing else. */
function isPlain(message: unknown): boolean {
  if (!isRecord(message) || !speakers.has(message.role) || (message.type ?? 'message') !== 'message') return false
  if (isThere(message.tool_calls) || isThere(message.function_call) || isThere(message.audio)) return false
  const { content } = message
  if (typeof content === 'string') return true
  return Array.isArray(content) && content.every((part) => isRecord(part) && textTypes.has(part.type) && typeof part.text === 'string')
}

function isThere(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null
}
