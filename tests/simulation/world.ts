import { seededRandom } from '../_support/ledger.ts'
import { type Figures, newFigures } from './figures.ts'

/** Per chance that there is. Each seed has some of them only, more or less often: what never meets otherwise then meets. */
const baseRates = {
  statement_lost: 0.05,
  statement_silent: 0.02,
  reply_lost: 0.05,
  reply_silent: 0.02,
  commits_late: 0.05,
  slow_lock: 0.08,
  lock_timeout: 0.03,
  serialization: 0.08,
  database_away: 0.004,
  disk_full: 0.08,
  disk_write_error: 0.05,
  disk_sync_error: 0.05,
  disk_create_error: 0.1,
  kill: 0.01,
  power_cut: 0.006,
  torn_bytes: 0.5,
  graceful_restart: 0.004,
  stall: 0.003,
  jump_past_expiry: 0.003,
  jump_past_midnight: 0.003,
  limit_lowered: 0.03,
  limit_raised: 0.02,
  raised_for_a_while: 0.01,
  kind_changed: 0.01,
  hard_to_soft: 0.015,
  soft_to_hard: 0.02,
  paused: 0.01,
  unpaused: 0.06,
  budget_deleted: 0.008,
  budget_created: 0.003,
  caller_gone: 0.15,
  poison: 0.04,
} as const

export type Fault = keyof typeof baseRates
export const faults = Object.keys(baseRates) as Fault[]

/** One life of a process: what belongs to it ends with it. */
export interface Owner {
  readonly name: string
  isAlive: boolean
  wasKilled: boolean
  stalledUntilMs: number
}

interface SimEvent {
  dueMs: number
  /** Drawn: among events that are due at once the seed decides. */
  tie: number
  label: string
  owner: Owner | undefined
  run: () => void
  /** What becomes of it where its owner is killed before it is run: an operation that the kernel has in hand. */
  onKill: (() => void) | undefined
}

export class Violation extends Error {}

const traceLength = 40

/** Time, chance and the one queue of everything that will happen. Two worlds of one seed are the same to the last step. */
export class World {
  readonly seed: number
  readonly random: () => number
  readonly figures: Figures = newFigures()
  readonly #rates = new Map<Fault, number>()
  readonly #queue: SimEvent[] = []
  readonly #trace: string[] = []
  nowMs: number
  steps = 0
  /** When time last jumped: who waited then was not kept waiting by us. */
  jumpedAtMs = 0
  hash = 0x811c9dc5
  /** No more faults: what is broken by now has to come right. */
  isHealed = false
  /** Kept, because who is told of it by an exception may be code that expects failures. */
  #violation: Violation | undefined

  constructor(seed: number) {
    this.seed = seed
    this.random = seededRandom(seed * 2_654_435_761 + 1)
    for (const fault of faults) if (this.random() < 0.45) this.#rates.set(fault, baseRates[fault] * (0.3 + 2 * this.random()))
    // Half a minute before midnight in São Paulo, at the end of a month, a week, or a day like any other.
    const evenings = ['2026-10-31', '2026-11-22', '2026-11-24']
    this.nowMs = Date.parse(`${this.pick(evenings)}T23:59:00-03:00`) + this.upTo(60_000)
  }

  upTo(most: number): number {
    return Math.floor(this.random() * (most + 1))
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.random() * items.length)] as T
  }

  chance(probability: number): boolean {
    return this.random() < probability
  }

  uuid(): string {
    const hex = () =>
      Math.floor(this.random() * 0x1_0000_0000)
        .toString(16)
        .padStart(8, '0')
    const text = hex() + hex() + hex() + hex()
    return `${text.slice(0, 8)}-${text.slice(8, 12)}-7${text.slice(13, 16)}-8${text.slice(17, 20)}-${text.slice(20)}`
  }

  /** Does this fault happen here and now? */
  strikes(fault: Fault): boolean {
    const rate = this.#rates.get(fault)
    if (rate === undefined || this.isHealed || this.random() >= rate) return false
    this.count(fault)
    return true
  }

  count(fault: Fault): void {
    this.figures.faults[fault] = (this.figures.faults[fault] ?? 0) + 1
  }

  /** How long something takes: mostly nearly nothing, so that a great deal is due at once. */
  latency(): number {
    const draw = this.random()
    if (draw < 0.85) return this.upTo(3)
    return draw < 0.98 ? this.upTo(60) : this.upTo(1_500)
  }

  schedule(owner: Owner | undefined, delayMs: number, label: string, run: () => void, onKill?: () => void): SimEvent {
    const event = { dueMs: this.nowMs + delayMs, tie: this.random(), label, owner, run, onKill }
    push(this.#queue, event)
    return event
  }

  cancel(event: SimEvent): void {
    event.run = nothing
    event.label = ''
  }

  kill(owner: Owner): void {
    owner.isAlive = false
    owner.wasKilled = true
    const inHand = this.#queue.filter((event) => event.owner === owner && event.onKill).sort(order)
    for (const event of inHand) event.onKill?.()
  }

  /** Runs the next event and everything that follows from it without waiting. False: nothing will ever happen any more. */
  async step(): Promise<boolean> {
    for (;;) {
      const event = pop(this.#queue)
      if (!event) return false
      if (event.label === '' || event.owner?.isAlive === false) continue
      if (event.owner && event.owner.stalledUntilMs > Math.max(event.dueMs, this.nowMs)) {
        event.dueMs = event.owner.stalledUntilMs
        push(this.#queue, event)
        continue
      }
      this.nowMs = Math.max(this.nowMs, event.dueMs)
      this.steps += 1
      this.note(event.label)
      event.run()
      await settled()
      if (this.#violation) throw this.#violation
      return true
    }
  }

  /** Into the trace, and into its hash. */
  note(text: string): void {
    const line = `${this.steps} ${this.nowMs} ${text}`
    let { hash } = this
    for (let i = 0; i < line.length; i += 1) hash = Math.imul(hash ^ line.charCodeAt(i), 0x01000193)
    this.hash = hash
    this.#trace.push(line)
    if (this.#trace.length > 4 * traceLength) this.#trace.splice(0, 3 * traceLength)
  }

  get trace(): string[] {
    return this.#trace.slice(-traceLength)
  }

  fail(what: string): never {
    this.#violation ??= new Violation(what)
    throw this.#violation
  }
}

/** All that is ready has run: promises are resolved to the end, before any other event. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function nothing(): void {}

function order(a: SimEvent, b: SimEvent): number {
  return a.dueMs - b.dueMs || a.tie - b.tie
}

function push(queue: SimEvent[], event: SimEvent): void {
  let at = queue.length
  queue.push(event)
  while (at > 0) {
    const parent = (at - 1) >> 1
    const above = queue[parent] as SimEvent
    if (order(above, event) <= 0) break
    queue[at] = above
    at = parent
  }
  queue[at] = event
}

function pop(queue: SimEvent[]): SimEvent | undefined {
  const first = queue[0]
  const last = queue.pop()
  if (first === undefined || last === undefined || queue.length === 0) return first
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= queue.length) break
    if (child + 1 < queue.length && order(queue[child + 1] as SimEvent, queue[child] as SimEvent) < 0) child += 1
    const below = queue[child] as SimEvent
    if (order(last, below) <= 0) break
    queue[at] = below
    at = child
  }
  queue[at] = last
  return first
}
