import type { Target } from '../providers/index.ts'
import { targetName } from './target-name.ts'

/** What the newest measurement counts for; the ten before it have most of the rest. */
const share = 0.2
/** Callers choose names (any dated snapshot of a model is one), so the one that was measured longest ago makes room. */
const mostTargets = 1_000

/** How a call is answered: a stream is measured by its first word, a whole answer by its end. They are never compared with each other. */
export type AnswerKind = 'stream' | 'whole'

/** How long each target takes to begin an answer, as this process measures it: a moving average, in memory only. */
export class TargetSpeeds {
  readonly #averages = new Map<string, number>()

  /** Milliseconds; undefined for a target that has not answered such a call here yet. */
  find(target: Target, kind: AnswerKind): number | undefined {
    return this.#averages.get(`${kind} ${targetName(target)}`)
  }

  /** Of all targets that are remembered: `openai/gpt-4o-mini via direct`, some more than once. */
  names(): string[] {
    return [...this.#averages.keys()].map((name) => name.slice(name.indexOf(' ') + 1))
  }

  note(target: Target, kind: AnswerKind, tookMs: number): void {
    const name = `${kind} ${targetName(target)}`
    const before = this.#averages.get(name)
    this.#averages.delete(name)
    this.#averages.set(name, before === undefined ? tookMs : before + share * (tookMs - before))
    const [oldest] = this.#averages.size > 2 * mostTargets ? this.#averages.keys() : []
    if (oldest !== undefined) this.#averages.delete(oldest)
  }
}
