import type { Target, Via } from '../providers/index.ts'
import type { Strategy } from './model-route.ts'

/** One call in so many goes to another than the fastest target, so that one that has become faster is noticed. */
const callsPerMeasurement = 20

/** Models that will do, and what decides between them. */
export interface Choice {
  strategy: Strategy
  /** As in the alias, by identifier. */
  models: readonly { identifier: string; via: Via | undefined; weight: number }[]
  /** The most that this call can cost there, in any unit that is the same for all. */
  costOf(identifier: string): bigint
  /** The average time to an answer; undefined where none was measured. */
  speedOf(target: Target): number | undefined
  /** 0 to 1, below 1. */
  random(): number
}

/** The targets of each model of a choice, all of them in the order in which they are to be tried. `targets[i]` are those of model i. */
export function orderTargets({ strategy, models, costOf, speedOf, random }: Choice, targets: readonly (readonly Target[])[]): Target[] {
  const groups = models.map((model, index) => ({ ...model, targets: targets[index] ?? [] })).filter((group) => group.targets.length > 0)
  if (strategy === 'weighted') {
    // The least of such keys is each one's as often as its weight says; the others follow as if the first had not been there.
    return sortBy(groups, ({ weight }) => (weight > 0 ? -Math.log(1 - random()) / weight : Number.POSITIVE_INFINITY)).flatMap(targetsOf)
  }
  if (strategy === 'cheapest') return sortBy(groups, ({ identifier }) => costOf(identifier)).flatMap(targetsOf)
  const all = groups.flatMap(targetsOf)
  return strategy === 'fastest'
    ? measureOne(
        sortBy(all, (target) => speedOf(target) ?? Number.POSITIVE_INFINITY),
        random,
      )
    : all
}

function measureOne(fastestFirst: Target[], random: () => number): Target[] {
  if (fastestFirst.length < 2 || random() >= 1 / callsPerMeasurement) return fastestFirst
  const other = fastestFirst[1 + Math.floor(random() * (fastestFirst.length - 1))] as Target
  return [other, ...fastestFirst.filter((target) => target !== other)]
}

function targetsOf({ targets }: { targets: readonly Target[] }): readonly Target[] {
  return targets
}

/** Equals stay in the order in which they were listed. The key of each is computed once. */
function sortBy<T>(values: readonly T[], keyOf: (value: T) => number | bigint): T[] {
  const keyed = values.map((value) => ({ value, key: keyOf(value) }))
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ value }) => value)
}
