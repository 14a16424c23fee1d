import { isConnectionError, wasNeverSent } from '../database/index.ts'
import type { TimedClock, Timer } from '../shared/clock.ts'
import { errorCode } from '../shared/error-code.ts'
import {
  BudgetExceededError,
  ConfigurationError,
  type GatewayError,
  InvariantError,
  LedgerUnavailableError,
  RateLimitedError,
} from '../shared/errors.ts'
import { onceMore } from '../shared/once-more.ts'
import { withTimeout } from '../shared/with-timeout.ts'
import type { CallBounds, CallFacts } from './call-record.ts'
import type { LedgerStore } from './ledger-store.ts'
import type { RefusingBudget, ReserveOutcome } from './sql/reserve.ts'
import { toBounds, toEstimateRow, toJson } from './to-row.ts'
import { WaitingCalls } from './waiting-calls.ts'

/** Calls in one statement. More would hold the budget rows longer without admitting more a second (measured in benchmarks/ledger.ts). */
const groupSize = 50
/** A call is told within 2 s of its arrival that the ledger cannot be reached; `least` is what a statement gets in any case. */
const answerWithinMs = 1_400
const leastTimeoutMs = 200
/** In traffic a statement waits so long for company: calls that share one cost the database, and us, a good deal less. */
const gatherMs = 1
/** Traffic is where the last statement came back so short a time ago. A call by itself waits for nobody. */
const trafficMs = 5
/** How often waiting calls are tried when no settlement of this process wakes them: other replicas free holds too. */
const retryEveryMs = 50
/** A group of many clients can meet a change of one after the other. */
const mostAttempts = 10
/** A reserve whose connection broke may still be committed this long after; only then is freeing its holds sure to find them. */
const ambiguousMs = 3_000

export interface ReserveRequest {
  callId: string
  clientId: string
  bounds: CallBounds
  /** Output tokens wanted, for each answer. */
  outputTokens: number
  /** The least output that is of use; below it the call is refused. */
  minOutputTokens: number
  /** After this long the hold expires and is charged: the longest that the call can run, and a margin. */
  ttlMs: number
  /** How long to wait for other calls' holds. */
  patienceMs: number
  facts: CallFacts
}

export interface Admission {
  callId: string
  /** By the database's clock, ISO 8601 in milliseconds. */
  admittedAt: string
  /** What the hold covers for each answer: never more than was asked for. */
  outputTokens: number
  /** A hard budget counts on `outputTokens`, so the provider must be told it. */
  isHard: boolean
}

interface Waiting {
  request: ReserveRequest
  /** Since when the call has no answer from the database. */
  sinceMs: number
  deadlineMs: number
  admit: (admission: Admission) => void
  refuse: (error: GatewayError) => void
}

export interface GroupReserveOptions {
  store: LedgerStore
  replica: string
  clock: TimedClock
  /** Called with calls that were refused and may have been admitted all the same: their holds are to be freed after so long. */
  onLost: (callIds: string[], afterMs: number) => void
  /** Called with the budget that refused a call, with every call. */
  onExceeded: (budget: RefusingBudget) => void
}

/**
 * Admits calls in groups: those that arrive while a statement is under way share the next one. A call that would fit but for other
 * calls' holds waits, in arrival order, until one is settled or its patience ends.
 */
export class GroupReserve {
  readonly #options: GroupReserveOptions
  readonly #waiting = new WaitingCalls<Waiting>()
  #arrivals: Waiting[] = []
  #retryDue = false
  #running = false
  #lastMs = Number.NEGATIVE_INFINITY
  /** Statements that were given up and have not been heard of since. */
  readonly #unknown = new Map<Promise<void>, string[]>()
  #timer: Timer | undefined

  constructor(options: GroupReserveOptions) {
    this.#options = options
  }

  /**
   * Rejects with BudgetExceededError, RateLimitedError (`budget_busy`), ConfigurationError (no rate), LedgerUnavailableError, or
   * InvariantError where the database refuses the request as such.
   */
  reserve(request: ReserveRequest): Promise<Admission> {
    return new Promise((admit, refuse) => {
      const sinceMs = this.#options.clock.nowMs()
      this.#arrivals.push({ request, sinceMs, deadlineMs: sinceMs + request.patienceMs, admit, refuse })
      this.#run()
    })
  }

  /** Holds have been freed: the calls that wait for them are tried again. */
  wake(): void {
    if (this.#waiting.isEmpty) return
    this.#retryDue = true
    this.#run()
  }

  /** Waits for statements that were given up, so that `onLost` is told of all that they may have admitted. */
  async close(): Promise<void> {
    await withTimeout(Promise.all(this.#unknown.keys()), ambiguousMs, this.#options.clock).catch(() => {})
    for (const callIds of this.#unknown.values()) this.#options.onLost(callIds, 0)
  }

  #run(): void {
    if (this.#running) return
    this.#running = true
    void this.#loop().finally(() => {
      this.#running = false
      this.#schedule()
    })
  }

  async #loop(): Promise<void> {
    const { clock } = this.#options
    if (clock.nowMs() - this.#lastMs < trafficMs) await new Promise<void>((resolve) => clock.after(gatherMs, resolve))
    for (;;) {
      const nowMs = clock.nowMs()
      const group = this.#nextGroup(nowMs)
      if (group.length === 0) return
      // Whose patience has ended meanwhile has no more time for this one than the rest of what they were promised.
      const oldestMs = Math.min(...group.map((waiting) => Math.min(waiting.sinceMs, waiting.deadlineMs)))
      await this.#reserveGroup(group, Math.max(leastTimeoutMs, oldestMs + answerWithinMs - nowMs))
      this.#lastMs = clock.nowMs()
    }
  }

  #nextGroup(nowMs: number): Waiting[] {
    const group = this.#waiting.take(groupSize, nowMs, this.#retryDue)
    for (const retry of group) retry.sinceMs = nowMs
    this.#retryDue = false
    const rest: Waiting[] = []
    for (const arrival of this.#arrivals) {
      // Nobody overtakes a waiting call of the same client.
      if (this.#waiting.has(arrival.request.clientId)) this.#waiting.add(arrival)
      else if (nowMs - arrival.sinceMs >= answerWithinMs) arrival.refuse(unavailable())
      else if (group.length < groupSize) group.push(arrival)
      else rest.push(arrival)
    }
    this.#arrivals = rest
    return group
  }

  async #reserveGroup(group: Waiting[], timeoutMs: number): Promise<void> {
    const nowMs = this.#options.clock.nowMs()
    const work = this.#reserveWithRetry(group, nowMs)
    let outcomes: ReserveOutcome[]
    try {
      outcomes = await withTimeout(work, timeoutMs, this.#options.clock)
    } catch (error) {
      if (!isRefusedAsSuch(error)) {
        for (const waiting of group) waiting.refuse(unavailable(error))
        this.#freeOnceKnown(work, group)
      } else if (group.length === 1) {
        group[0]?.refuse(new InvariantError('internal', 'Internal error: the ledger cannot take this call.', { cause: error }))
      } else {
        const middle = group.length >> 1
        await this.#reserveGroup(group.slice(0, middle), timeoutMs)
        await this.#reserveGroup(group.slice(middle), timeoutMs)
      }
      return
    }
    this.#answer(group, outcomes, nowMs)
  }

  #answer(group: Waiting[], outcomes: ReserveOutcome[], nowMs: number): void {
    const busy: Waiting[] = []
    for (const [index, waiting] of group.entries()) {
      const outcome = outcomes[index]
      if (outcome?.outcome === 'admitted') {
        waiting.admit({
          callId: outcome.call_id,
          admittedAt: outcome.admitted_at,
          outputTokens: outcome.output,
          isHard: outcome.hard,
        })
      } else if (outcome?.outcome === 'busy' && nowMs < waiting.deadlineMs) busy.push(waiting)
      else {
        if (outcome?.outcome === 'exceeded') this.#options.onExceeded(outcome.budget)
        waiting.refuse(outcome ? refusal(outcome.outcome, outcome.budget) : unavailable())
      }
    }
    // Enough was freed for all of them: perhaps for those behind as well.
    if (busy.length === 0) this.#retryDue = !this.#waiting.isEmpty
    this.#waiting.putBack(busy)
  }

  /** Their callers have been refused; the statement may yet be committed, or has been and only its reply was lost. */
  #freeOnceKnown(work: Promise<ReserveOutcome[]>, group: Waiting[]): void {
    const callIds = group.map((waiting) => waiting.request.callId)
    const known = work.then(
      (outcomes) => {
        const admitted = outcomes.filter((outcome) => outcome.outcome === 'admitted').map((outcome) => outcome.call_id)
        if (admitted.length > 0) this.#options.onLost(admitted, 0)
      },
      (error: unknown) => {
        if (isConnectionError(error) && !wasNeverSent(error)) this.#options.onLost(callIds, ambiguousMs)
      },
    )
    this.#unknown.set(known, callIds)
    void known.then(() => this.#unknown.delete(known))
  }

  async #reserveWithRetry(group: Waiting[], nowMs: number): Promise<ReserveOutcome[]> {
    const calls = toJson(group.map((waiting) => toCall(waiting, nowMs)))
    return await onceMore(mostAttempts, () => this.#options.store.reserve(calls, this.#options.replica))
  }

  #schedule(): void {
    if (this.#arrivals.length > 0) {
      this.#run()
      return
    }
    if (this.#waiting.isEmpty || this.#timer) return
    this.#timer = this.#options.clock.after(retryEveryMs, () => {
      this.#timer = undefined
      this.#retryDue = true
      this.#run()
    })
  }
}

function toCall({ request, deadlineMs }: Waiting, nowMs: number): Record<string, unknown> {
  return {
    call_id: request.callId,
    client_id: request.clientId,
    ttl_ms: request.ttlMs,
    output: request.outputTokens,
    min_output: Math.min(request.minOutputTokens, request.outputTokens),
    last_chance: nowMs >= deadlineMs,
    bounds: toBounds(request.bounds),
    estimate: toEstimateRow(request.facts),
  }
}

function refusal(outcome: 'exceeded' | 'paused' | 'busy' | 'unpriced', budget: RefusingBudget): GatewayError {
  const details = { budget: { ...budget, remaining: Math.max(0, budget.limit - budget.used) } }
  if (outcome === 'unpriced') {
    return new ConfigurationError('no_exchange_rate', `This client's ${budget.type} budget cannot be checked: no exchange rate is known.`, {
      details,
    })
  }
  if (outcome === 'paused') return new BudgetExceededError('client_paused', 'This budget is paused by the operator.', { details })
  if (outcome === 'busy') {
    return new RateLimitedError('budget_busy', 'The budget is held by other calls under way. Try again in a moment.', {
      details,
      retryAfterMs: 1_000,
    })
  }
  return new BudgetExceededError('budget_exceeded', 'The budget does not cover this call.', { details })
}

function unavailable(cause?: unknown): LedgerUnavailableError {
  return new LedgerUnavailableError('The ledger cannot be reached, so no budget could be checked. Try again shortly.', {
    retryAfterMs: 1_000,
    cause,
  })
}

/** Wrong data (class 22) or a broken constraint (class 23): no outage, and no retry makes it right. Only one call of a group need be so. */
function isRefusedAsSuch(error: unknown): boolean {
  return /^2[23]/.test(errorCode(error))
}
