import type { ProviderId } from './provider-id.ts'

/**
 * What the wire says about usage instead of the truth: nothing, below zero, beyond reason, the truth times a factor, or exact numbers.
 * The served log keeps the truth beside it.
 */
export type UsageFault = 'none' | 'negative' | 'absurd' | { scale: number } | { inputTokens: number; outputTokens: number }

/** One way, or several together, in which a call goes other than well. Chunks are content chunks: the role, ping and usage frames don't count. */
export interface Fault {
  /** Answer with this status and the provider's own error body, and serve nothing. */
  status?: number
  message?: string
  /** The provider's error code or type, for example `insufficient_quota`. */
  code?: string
  retryAfterSeconds?: number
  /** Refuse the key exactly as the real provider does (Google: 400 with `API_KEY_INVALID`). */
  badKey?: boolean
  /** Before the response headers. */
  delayMs?: number
  /** Between the headers and the first content. */
  firstTokenDelayMs?: number
  /** Between two content chunks. */
  gapMs?: number
  /** Never answer, not even headers. */
  hang?: boolean
  /** Go silent after so many chunks and keep the connection open. */
  hangAfterChunks?: number
  /** One byte every so many milliseconds. */
  trickleMs?: number
  /** Destroy the socket before any header. */
  reset?: boolean
  /** Destroy the socket after so many chunks (a body that is not streamed: half-way). */
  cutAfterChunks?: number
  /** With `cutAfterChunks`: the next frame's first half still goes out. */
  cutMidFrame?: boolean
  /** End the response cleanly after so many chunks, with no finish and no `[DONE]`. */
  endAfterChunks?: number
  /** The provider's own error event after so many chunks, in a stream that began with 200. */
  errorAfterChunks?: number
  /** Not JSON; in a stream, after the first chunk. */
  garbage?: boolean
  usage?: UsageFault
  /** Write the body in pieces of so many bytes, wherever that cuts (UTF-8 characters included). */
  splitBytes?: number
  /** Answer with exactly so many content chunks. */
  chunks?: number
  /** Words, and so tokens, in one chunk. */
  tokensPerChunk?: number
  cachedTokens?: number
  cacheWriteTokens?: number
  reasoningTokens?: number
}

/** Which calls a fault is for; everything absent matches. */
export interface FaultMatch {
  provider?: ProviderId
  /** The model as asked for. */
  model?: string
  /** The key presented, or its end. */
  key?: string
  /** The prompt's `[[call ID]]`. */
  call?: string
  /** Only the n-th call that matches, counted from 1. */
  nth?: number
  /** Only the first so many calls that match. */
  times?: number
}

export type InjectedFault = Fault & { match?: FaultMatch }
