import type { AnswerUsage } from './answer.ts'
import type { Ask, Refusal } from './ask.ts'
import type { Frame, WireRequest } from './wire-format.ts'

/** A request that is answered in one piece and isn't a chat: embeddings, audio, pictures, counting. */
export interface PlainAsk {
  /** What markers, models and users are read from. */
  ask: Ask
  usage: AnswerUsage
  audioSeconds?: number
  characters?: number
  images?: number
  render(context: PlainContext): PlainReply
  /** Given where it is streamed instead. */
  frames?: ((context: PlainContext) => Iterable<Frame>) | undefined
}

export interface PlainContext {
  requestId: string
  model: string
  createdSeconds: number
  /** As the wire shall say it; undefined when it shall say nothing. */
  usage: AnswerUsage | undefined
}

export interface PlainReply {
  contentType: string
  body: string | Buffer
}

export type ReadPlain = (body: Buffer, request: WireRequest) => PlainAsk | Refusal

export function inputOnly(inputTokens: number, outputTokens = 0): AnswerUsage {
  return { inputTokens, cachedTokens: 0, cacheWriteTokens: 0, cacheWriteFor: '5m', outputTokens, reasoningTokens: 0 }
}

export function json(value: unknown): PlainReply {
  return { contentType: 'application/json', body: JSON.stringify(value) }
}

/** Undefined for what is no JSON. */
export function parseBody(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}
