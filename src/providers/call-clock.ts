import type { Timeouts } from './provider.ts'

export type TimedOut = 'connect' | 'first_byte' | 'idle' | 'total'

/** Node's timers fire up to a millisecond early. */
const earlyMs = 1
const longestTimerMs = 2_147_483_647

/**
 * Node runs what timers have due before it reads what has arrived. A process that was kept from both would give up an answer of which more
 * is here, perhaps all of it, and charge less than was served: so first what is here is read, then `act` runs.
 */
export function afterReading(act: () => void): void {
  setImmediate(act)
}

/**
 * All timeouts of one attempt on one timer. A piece of the answer only moves a number; the timer looks at it when it fires and goes
 * on for what is left, so that a stream of a thousand pieces sets no thousand timers.
 */
export class CallClock {
  readonly startedMs = performance.now()
  private readonly timeouts: Timeouts
  private readonly onTimeout: (which: TimedOut) => void
  private readonly totalDueMs: number
  private phase: 'connect' | 'first_byte' | 'idle' = 'connect'
  private phaseDueMs: number
  /** We are not reading, because the caller is slow. */
  paused = false
  private timer: NodeJS.Timeout | undefined
  /** From the start until the request was on its way. */
  connectedMs: number | undefined
  private timerDueMs = Number.POSITIVE_INFINITY

  constructor(timeouts: Timeouts, onTimeout: (which: TimedOut) => void) {
    this.timeouts = timeouts
    this.onTimeout = onTimeout
    this.totalDueMs = this.startedMs + timeouts.totalMs
    this.phaseDueMs = this.startedMs + timeouts.connectMs
    this.arm(this.startedMs)
  }

  /** The request is on its way: now the answer's first byte is awaited. */
  sent(): void {
    this.connectedMs = this.elapsedMs()
    this.enter('first_byte', this.timeouts.firstByteMs)
  }

  /** Something of the answer is here. */
  heard(): void {
    if (this.phase === 'idle') this.phaseDueMs = performance.now() + this.timeouts.idleMs
    else this.enter('idle', this.timeouts.idleMs)
  }

  /** We have stopped reading because the caller is slow: silence is then not the upstream's. */
  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
    this.enter('idle', this.timeouts.idleMs)
  }

  stop(): void {
    clearTimeout(this.timer)
    this.timerDueMs = Number.NEGATIVE_INFINITY
  }

  elapsedMs(): number {
    return performance.now() - this.startedMs
  }

  private enter(phase: 'first_byte' | 'idle', timeoutMs: number): void {
    const nowMs = performance.now()
    this.phase = phase
    this.phaseDueMs = nowMs + timeoutMs
    this.arm(nowMs)
  }

  private arm(nowMs: number): void {
    const dueMs = this.paused ? this.totalDueMs : Math.min(this.phaseDueMs, this.totalDueMs)
    if (this.timerDueMs <= dueMs) return
    clearTimeout(this.timer)
    this.timerDueMs = dueMs
    this.timer = setTimeout(() => this.look(), Math.min(dueMs - nowMs, longestTimerMs))
  }

  private look(): void {
    this.timerDueMs = Number.POSITIVE_INFINITY
    if (this.due(performance.now() + earlyMs) === undefined) this.arm(performance.now())
    else afterReading(() => this.judge())
  }

  private judge(): void {
    const nowMs = performance.now() + earlyMs
    const due = this.due(nowMs)
    if (this.timerDueMs === Number.NEGATIVE_INFINITY) return
    if (due === undefined) this.arm(nowMs)
    else this.onTimeout(due)
  }

  private due(nowMs: number): TimedOut | undefined {
    if (nowMs >= this.totalDueMs) return 'total'
    return !this.paused && nowMs >= this.phaseDueMs ? this.phase : undefined
  }
}
