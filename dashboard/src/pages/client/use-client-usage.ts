import { useMemo } from 'react'
import { type Answer, useApi } from '../../api/index.ts'
import { type DateRangePreset, rangeOf } from '../../format/date-range.ts'
import { sum } from '../../format/index.ts'
import type { Client } from './client.ts'

/** Days of the client's own clock. */
export type UsageSeries = Answer<'GET /usage/series'>
export type UsagePoint = UsageSeries['points'][number]

export function useClientUsage({ slug, time_zone }: Client, preset: DateRangePreset, by: 'none' | 'model' = 'none') {
  const from = useMemo(() => rangeOf(preset, time_zone).from, [preset, time_zone])
  return useApi<UsageSeries>('usage', '/api/admin/usage/series', { client: slug, time_zone, from, bucket: 'day', by })
}

/** Exact. */
export function sumOf(points: readonly UsagePoint[], figure: 'calls' | 'errors' | 'total_tokens' | 'cost_brl'): string {
  return sum(points.map((point) => point[figure]))
}
