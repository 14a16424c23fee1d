import type { NanoBrl, NanoUsd } from '../shared/money.ts'

/** The pipeline's steps, in their order. What none of them has of a call's time went to errors on the way. */
export const callSteps = ['limits', 'plan', 'moderation', 'cache', 'places', 'reserve', 'provider', 'settle'] as const
export type CallStep = (typeof callSteps)[number]

/** What is known of a call when it comes in. */
export interface AskedCall {
  callId: string
  client: { id: string; slug: string }
  source: string
  /** `chat`, `embeddings`, … */
  operation: string
  /** As the caller wrote it, cut short: never a label of a metric. */
  requestedModel: string | undefined
  maxOutputTokens: number | undefined
  isStream: boolean
  /** W3C Trace Context, as the caller sent it. */
  traceparent?: string | undefined
}

export interface SettledAttempt {
  provider: string
  model: string
  via: string
  error: string | undefined
  latencyMs: number
}

/** What is known of a call that was settled: what its row says. */
export interface SettledCall {
  provider: string
  modelName: string
  via: string | undefined
  inputTokens: number
  outputTokens: number
  cachedTokens: number
  cacheWriteTokens: number
  latencyMs: number
  firstTokenMs: number | undefined
  wasFallback: boolean
  fallbackReason: string | undefined
  attempts: readonly SettledAttempt[]
  costUsd: NanoUsd | undefined
  costBrl: NanoBrl | undefined
  status: string
  errorCode: string | undefined
}

/** One attempt's place in time, in milliseconds of `performance.now()`. */
export interface AttemptTimes {
  provider: string
  model: string
  via: string
  startedMs: number
  endedMs: number
  /** From the start until a connection took the request; undefined where none did. */
  connectedMs: number | undefined
  firstTokenMs: number | undefined
  httpStatus: number | undefined
  errorCode: string | undefined
}

/** How a call ended: as its row says, or refused before it had one. */
export interface CallOutcome {
  status: string
  code: string
  cache: string
  /** Of a refusal. */
  error: unknown
}

/** A call's place in a trace. */
export interface TrailSpan {
  /** For whoever is asked on this call's behalf. */
  readonly traceparent: string
  end(trail: CallTrail, outcome: CallOutcome, finishReason: string | undefined): void
}

/** What a call leaves behind on its way through the pipeline, for those who watch. Numbers only: nobody waits for it. */
export class CallTrail {
  readonly asked: AskedCall
  readonly startedMs = performance.now()
  /** Milliseconds. */
  readonly spent: Record<CallStep, number> = { limits: 0, plan: 0, moderation: 0, cache: 0, places: 0, reserve: 0, provider: 0, settle: 0 }
  readonly attempts: AttemptTimes[] = []
  readonly span: TrailSpan | undefined
  /** The call's row, once it is settled. */
  settled: SettledCall | undefined
  #passedMs = this.startedMs

  constructor(asked: AskedCall, span: TrailSpan | undefined) {
    this.asked = asked
    this.span = span
  }

  /** The time since the step before was this one's. */
  passed(step: CallStep): void {
    const nowMs = performance.now()
    this.spent[step] += nowMs - this.#passedMs
    this.#passedMs = nowMs
  }

  /** An attempt has just ended. */
  attempted(attempt: Omit<AttemptTimes, 'startedMs' | 'endedMs'>, tookMs: number): void {
    const endedMs = performance.now()
    this.attempts.push({ ...attempt, startedMs: endedMs - tookMs, endedMs })
  }
}
