import type { Answer, AnswerUsage } from './answer.ts'
import type { JsonRecord } from './as-record.ts'
import type { Ask, Refusal } from './ask.ts'
import type { VercelRouting } from './vercel-routing.ts'

/** One frame of a stream. `content` frames are the chunks that faults count; `tokens` is what the frame costs. */
export interface Frame {
  text: string
  content: boolean
  tokens: number
}

/** What a format needs to render an answer. */
export interface WireContext {
  ask: Ask
  answer: Answer
  /** As the wire shall say it; undefined when it shall say nothing. */
  usage: AnswerUsage | undefined
  requestId: string
  responseId: string
  /** The model's name in the answer. */
  model: string
  createdSeconds: number
  vercel: VercelRouting | undefined
}

/** Where a request came in, for formats that keep the model outside the body. */
export interface WireRequest {
  path: string
  query: URLSearchParams
  header(name: string): string
}

/** One dialect, both ways: a request's body to an ask, an answer to a body or to the frames of a stream. */
export interface WireFormat {
  /** `msg_`, `chatcmpl-` and so on. */
  idPrefix: string
  read(body: JsonRecord, request: WireRequest): Ask | Refusal
  whole(context: WireContext): string
  frames(context: WireContext): Iterable<Frame>
  /** The error event of a stream that began well. */
  streamError(context: WireContext): string
}

export function frame(text: string, tokens = 0, content = tokens > 0): Frame {
  return { text, tokens, content }
}

export function sse(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`
}

/** An event whose name is repeated in its `type`, as Anthropic and the Responses API send them. */
export function namedSse(type: string, fields: JsonRecord = {}): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
}
