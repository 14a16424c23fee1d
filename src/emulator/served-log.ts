import type { AnswerUsage } from './answer.ts'
import type { ProviderId } from './provider-id.ts'

/** How a call stands: still going, answered whole, refused by a fault's status, broken off by us, or left by the caller. */
export type Outcome = 'open' | 'finished' | 'failed' | 'cut' | 'caller-gone'

/** One call whose key and body were accepted. Kept truthful while it runs: `outputTokensServed` grows as chunks are written. */
export interface ServedCall {
  /** Counts from 1 and never repeats. */
  sequence: number
  /** As in the `x-request-id` or `request-id` header of the answer. */
  requestId: string
  /** The id in the answer's body (`chatcmpl-…`, `msg_…`, `gen_…`). */
  responseId: string
  provider: ProviderId
  path: string
  /** As asked for. */
  model: string
  /** As answered, dated. */
  servedModel: string
  keyLast4: string
  /** From the prompt's `[[call ID]]`. */
  call: string | null
  user: string | null
  streamed: boolean
  /** The HTTP status sent; 0 while none was. */
  status: number
  outcome: Outcome
  startedAt: number
  endedAt: number | null
  inputTokens: number
  cachedTokens: number
  cacheWriteTokens: number
  /** Part of `cacheWriteTokens`. */
  cacheWriteOneHourTokens: number
  /** Output tokens written to the socket so far, thinking included. */
  outputTokensServed: number
  /** Output tokens of the whole answer, had it been written to the end. */
  outputTokensPlanned: number
  reasoningTokens: number
  /** What the wire said, when a fault made it lie or leave usage out; else the same as the truth. Null until it was said. */
  reported: { inputTokens: number; outputTokens: number } | null
  /** Whose credentials a call behind the Vercel AI Gateway ran on; null elsewhere. */
  byok: boolean | null
  audioSeconds: number | null
  characters: number | null
  images: number | null
}

export interface CallCounts {
  /** Key and body accepted. */
  accepted: number
  /** Begun to be served: a 200 went out. */
  served: number
  finished: number
  failed: number
  cut: number
  callerGone: number
  open: number
  /** The most that were open at once. */
  peakOpen: number
  /** Prompt tokens of the calls that were served. */
  inputTokens: number
  outputTokensServed: number
}

export interface EmulatorCounts extends CallCounts {
  /** Requests on any provider's route. */
  received: number
  /** Wrong or missing key. */
  unauthorized: number
  /** Refused for what they asked: unknown model, bad body. */
  rejected: number
  byProvider: Record<string, CallCounts>
}

/** The record's fields that are known at the beginning. */
export type NewCall = Pick<
  ServedCall,
  'requestId' | 'responseId' | 'provider' | 'path' | 'model' | 'servedModel' | 'keyLast4' | 'call' | 'user' | 'streamed' | 'byok'
>

const countOf = { finished: 'finished', failed: 'failed', cut: 'cut', 'caller-gone': 'callerGone' } as const

/** The emulator's own count: the last so many calls one by one, and totals that forget nothing. */
export class ServedLog {
  readonly #capacity: number
  #ring: ServedCall[] = []
  #next = 0
  #sequence = 0
  #totals = emptyCounts()
  /** Calls up to this one were reset away; what still runs of them counts no more. */
  #forgotten = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  received(): void {
    this.#totals.received++
  }

  unauthorized(): void {
    this.#totals.unauthorized++
  }

  rejected(): void {
    this.#totals.rejected++
  }

  begin(fields: NewCall): ServedCall {
    const call: ServedCall = {
      ...fields,
      sequence: ++this.#sequence,
      status: 0,
      outcome: 'open',
      startedAt: Date.now(),
      endedAt: null,
      inputTokens: 0,
      cachedTokens: 0,
      cacheWriteTokens: 0,
      cacheWriteOneHourTokens: 0,
      outputTokensServed: 0,
      outputTokensPlanned: 0,
      reasoningTokens: 0,
      reported: null,
      audioSeconds: null,
      characters: null,
      images: null,
    }
    this.#ring[this.#next] = call
    this.#next = (this.#next + 1) % this.#capacity
    for (const counts of this.#countsFor(call)) {
      counts.accepted++
      counts.open++
      counts.peakOpen = Math.max(counts.peakOpen, counts.open)
    }
    return call
  }

  /** Headers with 200 are about to go out: from here on the provider charges. */
  serve(call: ServedCall, usage: AnswerUsage): void {
    call.status = 200
    call.inputTokens = usage.inputTokens
    call.cachedTokens = usage.cachedTokens
    call.cacheWriteTokens = usage.cacheWriteTokens
    call.cacheWriteOneHourTokens = usage.cacheWriteFor === '1h' ? usage.cacheWriteTokens : 0
    call.outputTokensPlanned = usage.outputTokens
    call.reasoningTokens = usage.reasoningTokens
    for (const counts of this.#countsFor(call)) {
      counts.served++
      counts.inputTokens += usage.inputTokens
    }
  }

  addOutput(call: ServedCall, tokens: number): void {
    if (tokens === 0) return
    call.outputTokensServed += tokens
    for (const counts of this.#countsFor(call)) counts.outputTokensServed += tokens
  }

  end(call: ServedCall, outcome: Exclude<Outcome, 'open'>): void {
    if (call.outcome !== 'open') return
    call.outcome = outcome
    call.endedAt = Date.now()
    for (const counts of this.#countsFor(call)) {
      counts.open--
      counts[countOf[outcome]]++
    }
  }

  /** Oldest first. */
  calls(): ServedCall[] {
    if (this.#ring.length < this.#capacity) return this.#ring.slice()
    return [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)]
  }

  counts(): EmulatorCounts {
    return structuredClone(this.#totals)
  }

  reset(): void {
    this.#ring = []
    this.#next = 0
    this.#totals = emptyCounts()
    this.#forgotten = this.#sequence
  }

  #countsFor(call: ServedCall): CallCounts[] {
    if (call.sequence <= this.#forgotten) return []
    this.#totals.byProvider[call.provider] ??= emptyCallCounts()
    return [this.#totals, this.#totals.byProvider[call.provider] as CallCounts]
  }
}

function emptyCallCounts(): CallCounts {
  return {
    accepted: 0,
    served: 0,
    finished: 0,
    failed: 0,
    cut: 0,
    callerGone: 0,
    open: 0,
    peakOpen: 0,
    inputTokens: 0,
    outputTokensServed: 0,
  }
}

function emptyCounts(): EmulatorCounts {
  return { received: 0, unauthorized: 0, rejected: 0, ...emptyCallCounts(), byProvider: {} }
}
