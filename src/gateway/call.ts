import type { CacheControl, KeyClaim } from '../cache/index.ts'
import type { Client, ClientKey } from '../clients/index.ts'
import type { Kind } from '../dialects/index.ts'
import type { CallFacts } from '../ledger/index.ts'
import type { LimitState } from '../limits/index.ts'
import type { AttemptOptions, AttemptOutcome, AttemptSink } from '../providers/index.ts'
import type { GatewayError } from '../shared/errors.ts'
import type { NanoBrl, NanoUsd } from '../shared/money.ts'
import type { CallTrail } from '../telemetry/index.ts'
import type { TokenUsage } from '../usage/index.ts'

/** One inference request on its way through the pipeline. `Out` is what the caller is answered in: bytes, or AI SDK parts. */
export interface Call<Out> {
  callId: string
  client: Client
  /** Undefined for the library, which needs none. */
  key: ClientKey | undefined
  source: CallFacts['source']
  conversationId?: string | undefined
  phone?: string | undefined
  demand: CallDemand
  /** Makes one attempt at one target. Never throws. */
  attempt(options: AttemptOptions, sink: AttemptSink<Out>): Promise<AttemptOutcome<Out>>
  sink: CallSink<Out>
  /** Aborts when the caller has gone away. */
  callerGone: AbortSignal
  /** What its users say, one text a message, the oldest first. Left out where the client has no moderation. */
  userTexts?: readonly string[] | undefined
  /** Of a call with an Idempotency-Key: it asks no provider once it is lost, nor without an admission that outlives this process. */
  claim?: KeyClaim | undefined
  /** How it can be answered from the cache. Undefined: it cannot. */
  cache?: CallCaching<Out> | undefined
  /** The cache was looked at and had nothing. */
  missedCache?: boolean
  /** Of the trace that the caller's program is in, as it sent it (W3C Trace Context). */
  traceparent?: string | undefined
  /** What the pipeline tells those who watch; it is set there. */
  trail?: CallTrail
}

/** What the cache needs to know of a request, whatever its wire format. */
export interface CallCaching<Out> {
  /** Where it came in, and whatever shapes its answer beside the body: `POST /v1/chat/completions`. */
  kind: string
  body: Readonly<Record<string, unknown>>
  control: CacheControl
  encode(out: Out): Buffer
  decode(body: Buffer): Out[]
}

/** What the budget needs to know of a request, whatever its wire format. */
export interface CallDemand {
  /** As the caller wrote it; undefined asks for the client's primary model. */
  model: string | undefined
  /** Models to try after it; undefined takes the client's chain, else the shared one. */
  fallbackChain?: string[] | undefined
  /** The caller's own limit for each answer. */
  maxOutputTokens: number | undefined
  choices: number
  inputTokensBound: number
  /** Only a model whose registered price covers audio may be called with it. */
  hasAudio: boolean
  /** Left out for a chat. */
  kind?: Kind
  /** An hour in the provider's cache costs more to write. */
  writesOneHourCache?: boolean
  /** Is the answer streamed? Only then can its first word be waited for. */
  stream?: boolean | undefined
}

/** Where a call's answer goes. */
export interface CallSink<Out> {
  /** Where the caller's limits stand; comes before anything else of an answer, and before a refusal by the budget. */
  limits(state: readonly LimitState[]): void
  /** The first real content is there. Comes at most once, and never for an answer that is not streamed. */
  begin(answer: Answer): void
  /** False asks the upstream to pause until `drained` resolves. */
  write(out: Out): boolean
  drained(): Promise<void>
  /** The call is settled; `tail` is all that is still to be sent. */
  finish(tail: Out[], answer: Answer): void
}

/** What is known of an answer: everything once it is finished, the target alone when it begins. */
export interface Answer {
  callId: string
  model: string
  provider: string
  via: 'vercel' | 'direct'
  /** Did it come from the response cache? `semantic`: as the answer to a request that means nearly the same. `off`: it was not looked for there. */
  cache: 'hit' | 'semantic' | 'miss' | 'off'
  /** How near that request was, at most 1. */
  similarity?: number
  wasFallback: boolean
  fallbackReason: string | undefined
  usage: TokenUsage | undefined
  costUsd: NanoUsd | undefined
  costBrl: NanoBrl | undefined
  latencyMs: number | undefined
  requestId: string | undefined
  finishReason: string | undefined
  /** What it is, where that is not the dialect's own. */
  contentType: string | undefined
}

/** How a call ended that was admitted, served or not. */
export interface CallEnd {
  answer: Answer
  error: GatewayError | undefined
  /** Had the caller been sent bytes before the error? Then it can only be said within the stream. */
  hasBegun: boolean
}
