import type { AttemptOutcome, Target } from '../providers/index.ts'
import type { Clock } from '../shared/clock.ts'
import type { ErrorCode, GatewayError } from '../shared/errors.ts'
import type { Log } from '../shared/log.ts'
import { targetName } from './target-name.ts'
import { TargetSpeeds } from './target-speeds.ts'

const firstCoolDownMs = 10_000
const longestCoolDownMs = 5 * 60_000
/** Replicas that saw the same outage do not all probe at once. */
const jitterShare = 0.2
/** After a probe that failed, at most one call in so many is the next probe, until the longest cool-down is over. */
const callsPerProbe = 100
/** Targets remembered at most. Callers choose names (any dated snapshot of a model is one), so the one that failed longest ago makes room. */
const mostTargets = 1_000

export interface TargetHealthOptions {
  clock: Clock
  log: Log
  /** Failures in a row after which a target counts as failing; 0 never lets it. */
  failuresToOpen: number
  /** 0 to 1; for tests. */
  random?: () => number
}

/** One try of one target. Is reported on exactly once, whatever becomes of it. */
export interface Trial {
  readonly target: Target
  /** Its place in time among trials, openings and closings. */
  readonly sequence: number
  readonly probed: Failing | undefined
}

interface Failing {
  /** No probe before this, and none before `callsPerProbe` calls were kept away or `latestMs` is reached. */
  dueMs: number
  latestMs: number
  failedProbes: number
  keptAway: number
  isProbed: boolean
}

interface Health {
  failuresInARow: number
  lastCode: ErrorCode
  failing: Failing | undefined
  /** Trials up to this one began before the last change: what they tell is of yesterday. */
  changedAt: number
}

type Outcome = Pick<AttemptOutcome<unknown>, 'error' | 'finished'> & Partial<Pick<AttemptOutcome<unknown>, 'firstTokenMs' | 'latencyMs'>>

/**
 * Which targets fail at the moment, as this process sees it. A failing target is not taken away but tried after the others, and only
 * every now and then is one call let through to it first, as a probe: one at a time, after a cool-down that grows. Any answer ends it.
 */
export class TargetHealth {
  /** How fast those are that answer. */
  readonly speeds = new TargetSpeeds()
  readonly #options: TargetHealthOptions
  readonly #random: () => number
  readonly #byTarget = new Map<string, Health>()
  #sequence = 0

  constructor(options: TargetHealthOptions) {
    this.#options = options
    this.#random = options.random ?? Math.random
  }

  /** Targets that are remembered as having failed once. */
  get size(): number {
    return this.#byTarget.size
  }

  /**
   * Begins a try of the first target that does not fail or is due for a probe; of the first one when all fail, because an answer that
   * may come beats a refusal that is certain.
   */
  choose(targets: readonly [Target, ...Target[]]): Trial {
    const nowMs = this.#options.clock.nowMs()
    for (const target of targets) {
      const failing = this.#find(target)?.failing
      if (!failing) return this.#begin(target)
      if (isDue(failing, nowMs)) return this.#begin(target, failing)
      failing.keptAway += 1
    }
    return this.#begin(targets[0])
  }

  /** Targets that have answered or failed here, by their names: `most` of them, those that fail now first. */
  circuits(most: number): { name: string; isFailing: boolean }[] {
    const names = new Set([...this.speeds.names(), ...this.#byTarget.keys()])
    const all = [...names].map((name) => ({ name, isFailing: this.#byTarget.get(name)?.failing !== undefined }))
    return all.sort((a, b) => Number(b.isFailing) - Number(a.isFailing)).slice(0, most)
  }

  /** Those that fail now, by their names: `openai/gpt-4o-mini via direct`, each with the code of its last error. */
  failingTargets(): { name: string; code: ErrorCode }[] {
    return [...this.#byTarget].flatMap(([name, { failing, lastCode }]) => (failing ? [{ name, code: lastCode }] : []))
  }

  /** The code of the last error of a target that fails; undefined for all others. */
  failureOf(target: Target): ErrorCode | undefined {
    const health = this.#find(target)
    return health?.failing && health.lastCode
  }

  /**
   * What came of a trial. Only errors for which another target may be tried speak of the target; the caller's own do not, nor does a call
   * whose caller left, nor one whose whole time was up, which other targets have used as well.
   */
  report(trial: Trial, outcome: Outcome | undefined, callerIsGone: boolean): void {
    if (trial.probed) trial.probed.isProbed = false
    if (outcome?.firstTokenMs !== undefined) this.speeds.note(trial.target, 'stream', outcome.firstTokenMs)
    else if (outcome?.finished && outcome.latencyMs !== undefined) this.speeds.note(trial.target, 'whole', outcome.latencyMs)
    if (outcome?.finished === true) this.#answered(trial)
    else if (outcome?.error?.fallback && !callerIsGone && outcome.error.details.timeout !== 'total') this.#failed(trial, outcome.error)
  }

  #begin(target: Target, probed?: Failing): Trial {
    if (probed) probed.isProbed = true
    this.#sequence += 1
    return { target, sequence: this.#sequence, probed }
  }

  #answered({ target, sequence }: Trial): void {
    const health = this.#find(target)
    if (!health || sequence <= health.changedAt) return
    health.failuresInARow = 0
    if (!health.failing) return
    health.failing = undefined
    health.changedAt = this.#sequence
    this.#options.log.info(`[AI Gateway] ${targetName(target)} answers again`)
  }

  #failed({ target, sequence, probed }: Trial, error: GatewayError): void {
    const { log, failuresToOpen } = this.#options
    const health = this.#remember(target, error.code)
    if (sequence <= health.changedAt) return
    health.failuresInARow += 1
    if (health.failing) {
      if (probed === health.failing) health.failing = this.#coolDown(health.failing.failedProbes + 1, error)
      return
    }
    if (failuresToOpen === 0 || health.failuresInARow < failuresToOpen) return
    health.failing = this.#coolDown(0, error)
    health.changedAt = this.#sequence
    const seconds = Math.round((health.failing.dueMs - this.#options.clock.nowMs()) / 1000)
    const failures = `${health.failuresInARow} in a row: ${error.code}`
    log.warn(`[AI Gateway] ${targetName(target)} fails (${failures}); other targets are tried first for ${seconds} s`)
  }

  #coolDown(failedProbes: number, { retryAfterMs = 0 }: GatewayError): Failing {
    const nowMs = this.#options.clock.nowMs()
    const grownMs = Math.min(firstCoolDownMs * 2 ** failedProbes, longestCoolDownMs)
    const waitMs = Math.max(grownMs, Math.min(retryAfterMs, longestCoolDownMs)) * (1 + jitterShare * this.#random())
    return {
      dueMs: nowMs + waitMs,
      // The first probe waits for no number of calls, so that a short outage is over soon, however few calls there are.
      latestMs: nowMs + (failedProbes === 0 ? waitMs : Math.max(waitMs, longestCoolDownMs)),
      failedProbes,
      keptAway: 0,
      isProbed: false,
    }
  }

  #find(target: Target): Health | undefined {
    return this.#byTarget.size === 0 ? undefined : this.#byTarget.get(targetName(target))
  }

  #remember(target: Target, lastCode: ErrorCode): Health {
    const name = targetName(target)
    const health = this.#byTarget.get(name) ?? { failuresInARow: 0, lastCode, failing: undefined, changedAt: 0 }
    health.lastCode = lastCode
    this.#byTarget.delete(name)
    this.#byTarget.set(name, health)
    const [oldest] = this.#byTarget.size > mostTargets ? this.#byTarget.keys() : []
    if (oldest !== undefined) this.#byTarget.delete(oldest)
    return health
  }
}

function isDue(failing: Failing, nowMs: number): boolean {
  if (failing.isProbed || nowMs < failing.dueMs) return false
  return nowMs >= failing.latestMs || failing.keptAway >= callsPerProbe
}
