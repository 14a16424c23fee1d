import type { ChartPoint, ChartSeries } from '../../charts/index.tsx'
import { sum } from '../../format/index.ts'
import { placeOf } from '../../usage/buckets.ts'
import type { Series } from './usage-api.ts'

export type Metric = 'cost' | 'tokens' | 'calls'
const fields = { cost: 'cost_brl', tokens: 'total_tokens', calls: 'calls' } as const

/** A series of the API as the chart takes it. `places`: all buckets there are; `nameOf`: how a key is written. */
export function toChart(
  answer: Series,
  metric: Metric,
  places: readonly string[],
  nameOf: (key: Series['keys'][number]) => string,
): { points: ChartPoint[]; series: ChartSeries[] } {
  // A name may have dots in it, which the chart would read as a path.
  const ids = new Map(answer.keys.map(({ key }, index) => [key, `s${index}`]))
  const points = new Map<string, ChartPoint>(places.map((x) => [x, { x, ...Object.fromEntries([...ids.values()].map((id) => [id, 0])) }]))
  for (const row of answer.points) {
    const point = points.get(placeOf(row.bucket_start, answer.bucket, answer.time_zone))
    const id = ids.get(row.key)
    if (point && id !== undefined) point[id] = row[fields[metric]] ?? 0
  }
  return {
    points: answer.points.length === 0 ? [] : [...points.values()],
    series: answer.keys.map((key) => ({ key: ids.get(key.key) ?? '', label: nameOf(key) })),
  }
}

/** What all points come to; money exactly. */
export function totalsOf(answer: Series) {
  type Point = Series['points'][number]
  const money = (figure: (point: Point) => string | null) => sum(answer.points.map(figure))
  const count = (figure: (point: Point) => number) => answer.points.reduce((total, point) => total + figure(point), 0)
  return {
    calls: count(({ calls }) => calls),
    errors: count(({ errors }) => errors),
    cacheHits: count(({ cache_hits: hits }) => hits),
    unpriced: count(({ unpriced }) => unpriced),
    inputTokens: count(({ input_tokens: tokens }) => tokens),
    outputTokens: count(({ output_tokens: tokens }) => tokens),
    tokens: count(({ total_tokens: tokens }) => tokens),
    costBrl: money(({ cost_brl: cost }) => cost),
    costUsd: money(({ cost_usd: cost }) => cost),
    savedBrl: money(({ saved_brl: saved }) => saved),
  }
}
