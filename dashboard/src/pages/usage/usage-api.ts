import type { Answer, Item } from '../../api/index.ts'

export type Series = Answer<'GET /usage/series'>
export type Sums = Omit<Series['points'][number], 'bucket_start' | 'key'>
export type Group = Item<'GET /usage/groups'>
export type LatencyAnswer = Answer<'GET /usage/latency'>
export type Failures = Answer<'GET /usage/failures'>
export type ListedCall = Item<'GET /calls'>
