import { expect, it } from 'vitest'
import { toChart, totalsOf } from './chart-points.ts'
import type { Series, Sums } from './usage-api.ts'

const none: Sums = {
  calls: 0,
  errors: 0,
  cache_hits: 0,
  orphaned: 0,
  unpriced: 0,
  input_tokens: 0,
  output_tokens: 0,
  cached_tokens: 0,
  cache_write_tokens: 0,
  reasoning_tokens: 0,
  total_tokens: 0,
  cost_brl: null,
  cost_usd: null,
  saved_brl: '0',
  saved_usd: '0',
}
const answer: Series = {
  from: '2026-11-20T03:00:00.000Z',
  to: '2026-11-23T03:00:00.000Z',
  time_zone: 'America/Sao_Paulo',
  bucket: 'day',
  by: 'model',
  keys: [
    { key: 'openai/gpt-4.1', label: 'openai/gpt-4.1' },
    { key: null, label: null },
  ],
  points: [
    { ...none, bucket_start: '2026-11-20T03:00:00.000Z', key: 'openai/gpt-4.1', calls: 2, cost_brl: '1.5' },
    { ...none, bucket_start: '2026-11-22T03:00:00.000Z', key: null, calls: 1, errors: 1 },
  ],
}

it('has every day of the range, with nothing where there was nothing', () => {
  const { points, series } = toChart(answer, 'cost', ['2026-11-20', '2026-11-21', '2026-11-22'], ({ label }) => label ?? 'others')
  expect(series).toEqual([
    { key: 's0', label: 'openai/gpt-4.1' },
    { key: 's1', label: 'others' },
  ])
  expect(points).toEqual([
    { x: '2026-11-20', s0: '1.5', s1: 0 },
    { x: '2026-11-21', s0: 0, s1: 0 },
    { x: '2026-11-22', s0: 0, s1: 0 },
  ])
})

it('is empty where there were no calls at all', () => {
  expect(toChart({ ...answer, keys: [], points: [] }, 'calls', ['2026-11-20'], String).points).toEqual([])
})

it('adds all keys up', () => expect(totalsOf(answer)).toMatchObject({ calls: 3, errors: 1, costBrl: '1.5' }))

it('adds money up to the cent', () => {
  const point = { ...none, bucket_start: '2026-11-20T03:00:00.000Z', key: null }
  const points = ['9007199254740993.01', '0.1', '0.2'].map((cost_brl) => ({ ...point, cost_brl }))
  expect(totalsOf({ ...answer, points }).costBrl).toBe('9007199254740993.31')
})
