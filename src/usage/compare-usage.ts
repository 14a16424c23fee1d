import { nanoUsd } from '../shared/money.ts'
import { addFigures, type FigureName, figureNames, noFigures, type ReportedUsage, type UsageFigures } from './usage-figures.ts'

/** A model's usage as we booked it. */
export interface BookedUsage extends UsageFigures {
  provider: string
  model: string
  /** Part of the figures: what was charged without knowing the truth (estimated and orphaned calls). */
  estimated: UsageFigures
  /** Calls, part of the figures, whose truth came after their hold had expired: these are the figures of the truth. */
  lateCalls: number
}

export type DriftVerdict =
  | 'agrees'
  | 'booked_more'
  | 'reported_more'
  | 'only_booked'
  | 'only_reported'
  /** Nobody told us what the provider counted. */
  | 'not_compared'

/** Ours less theirs. */
export interface FigureDrift {
  difference: number | bigint
  /** Of the provider's figure; undefined where that is 0 and ours is not. */
  percent: number | undefined
  isBeyondTolerance: boolean
}

export interface DriftLine {
  provider: string
  model: string
  booked: BookedUsage | undefined
  reported: UsageFigures | undefined
  /** Of each figure that both sides tell. */
  drift: Partial<Record<FigureName, FigureDrift>>
  verdict: DriftVerdict
}

export interface Comparison {
  booked: readonly BookedUsage[]
  reported: readonly ReportedUsage[]
  /** Providers whose own numbers are there, also where there are none in them. */
  comparedProviders: ReadonlySet<string>
  /** The name that both sides' names are brought to: reports have dated ones. */
  modelNameOf(provider: string, model: string): string
  tolerancePercent: number
}

/** Providers round what they bill, exports to the cent: a difference below it decides nothing. */
const leastCostThatCounts = 10_000_000n

/**
 * Lays what was booked beside what the provider counted, a line for each model, by provider and model. A line agrees when each of its
 * tokens and its cost is within the tolerance. Numbers of calls are laid side by side but judge nothing: every provider counts refused
 * and broken requests in its own way.
 */
export function compareUsage({ booked, reported, comparedProviders, modelNameOf, tolerancePercent }: Comparison): DriftLine[] {
  const ours = new Map<string, BookedUsage>()
  const theirs = new Map<string, UsageFigures>()
  const places = new Map<string, { provider: string; model: string }>()
  const placeOf = ({ provider, model }: { provider: string; model: string }): string => {
    const place = { provider, model: modelNameOf(provider, model) }
    const key = `${place.provider}\u0000${place.model}`
    places.set(key, place)
    return key
  }
  for (const usage of booked) {
    const key = placeOf(usage)
    const sum = ours.get(key)
    ours.set(key, sum === undefined ? usage : addBooked(sum, usage))
  }
  for (const usage of reported) {
    if (figureNames.every((name) => !usage[name])) continue
    const key = placeOf(usage)
    theirs.set(key, addFigures(theirs.get(key) ?? noFigures, usage))
  }
  return [...places]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, place]) => {
      const line = compareLine(place, ours.get(key), theirs.get(key), comparedProviders.has(place.provider), tolerancePercent)
      return line === undefined ? [] : [line]
    })
}

/** Does this line speak against the books or the bill? */
export function isDrift({ verdict }: DriftLine): boolean {
  return verdict !== 'agrees' && verdict !== 'not_compared'
}

function addBooked(a: BookedUsage, b: BookedUsage): BookedUsage {
  return { ...a, ...addFigures(a, b), estimated: addFigures(a.estimated, b.estimated), lateCalls: a.lateCalls + b.lateCalls }
}

function compareLine(
  { provider, model }: { provider: string; model: string },
  booked: BookedUsage | undefined,
  reported: UsageFigures | undefined,
  isCompared: boolean,
  tolerancePercent: number,
): DriftLine | undefined {
  const line = { provider, model, booked: booked && { ...booked, model }, reported }
  if (booked === undefined && reported === undefined) return undefined
  if (!isCompared) return { ...line, drift: {}, verdict: 'not_compared' }
  if (reported === undefined) return { ...line, drift: {}, verdict: 'only_booked' }
  if (booked === undefined) return { ...line, drift: {}, verdict: 'only_reported' }
  const drift: DriftLine['drift'] = {}
  for (const name of figureNames) {
    const [a, b] = [booked[name], reported[name]]
    if (a !== undefined && b !== undefined) drift[name] = compareFigure(name, a, b, tolerancePercent)
  }
  return { ...line, drift, verdict: judge(drift) }
}

function compareFigure(name: FigureName, ours: number | bigint, theirs: number | bigint, tolerancePercent: number): FigureDrift {
  const difference = name === 'costUsd' ? nanoUsd(BigInt(ours) - BigInt(theirs)) : Number(ours) - Number(theirs)
  const percent = Number(difference) === 0 ? 0 : Number(theirs) === 0 ? undefined : (Number(difference) / Number(theirs)) * 100
  const magnitude = typeof difference === 'bigint' && difference < 0n ? -difference : difference
  const counts = name === 'costUsd' ? magnitude >= leastCostThatCounts : name !== 'calls'
  return { difference, percent, isBeyondTolerance: counts && (percent === undefined || Math.abs(percent) > tolerancePercent) }
}

/** Money says who has more; where it does not, the first of the tokens that differ. */
function judge(drift: DriftLine['drift']): DriftVerdict {
  const decisive = (['costUsd', 'inputTokens', 'outputTokens', 'cachedTokens'] as const).find((name) => drift[name]?.isBeyondTolerance)
  if (decisive === undefined) return 'agrees'
  return (drift[decisive]?.difference ?? 0) > 0 ? 'booked_more' : 'reported_more'
}
