import { describe, expect, it } from 'vitest'
import { bucketOf, daysOf, lastDaysOf, placeOf, placesOf, windowOf } from './buckets.ts'

it('ends a window behind its last day', () => {
  expect(windowOf({ from: '2026-11-01', to: '2026-11-30' })).toEqual({ from: '2026-11-01', to: '2026-12-01' })
  expect(daysOf({ from: '2026-11-01', to: '2026-11-30' })).toBe(30)
})

it('cuts a range to its last days', () => {
  expect(lastDaysOf({ from: '2026-11-01', to: '2026-11-30' }, 7)).toEqual({ from: '2026-11-24', to: '2026-11-30' })
  expect(lastDaysOf({ from: '2026-11-29', to: '2026-11-30' }, 7)).toEqual({ from: '2026-11-29', to: '2026-11-30' })
})

it.each([
  ['2026-11-22', '2026-11-22', 'hour'],
  ['2026-11-21', '2026-11-22', 'hour'],
  ['2026-11-20', '2026-11-22', 'day'],
  ['2026-08-15', '2026-11-22', 'day'],
  ['2026-01-01', '2026-11-22', 'month'],
])('shows %s to %s by %s', (from, to, bucket) => expect(bucketOf({ from, to })).toBe(bucket))

it('names a bucket by the clock of its zone, as the range names it', () => {
  const range = { from: '2026-11-21', to: '2026-11-22' }
  // Midnight in São Paulo.
  expect(placeOf('2026-11-22T03:00:00.000Z', 'day', 'America/Sao_Paulo')).toBe('2026-11-22')
  expect(placesOf(range, 'day')).toEqual(['2026-11-21', '2026-11-22'])
  expect(placesOf(range, 'hour')).toContain(placeOf('2026-11-22T03:00:00.000Z', 'hour', 'America/Sao_Paulo'))
  expect(placesOf(range, 'hour')).toHaveLength(48)
  expect(placesOf({ from: '2025-12-30', to: '2026-02-02' }, 'month')).toEqual(['2025-12', '2026-01', '2026-02'])
})

describe('a period', () => {
  it('counts both of its ends, and is asked for up to the day behind it', () => {
    const range = { from: '2026-02-27', to: '2026-03-01' }
    expect(daysOf(range)).toBe(3)
    expect(windowOf(range)).toEqual({ from: '2026-02-27', to: '2026-03-02' })
    expect(placesOf(range, 'day')).toEqual(['2026-02-27', '2026-02-28', '2026-03-01'])
    expect(placesOf(range, 'month')).toEqual(['2026-02', '2026-03'])
    expect(placesOf({ from: '2026-03-01', to: '2026-03-01' }, 'hour')).toHaveLength(24)
  })

  it.each([
    ['2026-11-22', '2026-11-22', 'hour'],
    ['2026-11-01', '2026-11-22', 'day'],
    ['2026-01-01', '2026-11-22', 'month'],
  ] as const)('from %s to %s is shown by %s', (from, to, bucket) => {
    expect(bucketOf({ from, to })).toBe(bucket)
  })

  it('puts a moment where the zone has it', () => {
    const late = '2026-11-01T02:30:00Z'
    expect(placeOf(late, 'day', 'America/Sao_Paulo')).toBe('2026-10-31')
    expect(placeOf(late, 'hour', 'America/Sao_Paulo')).toBe('2026-10-31T23')
    expect(placeOf('2026-11-01T03:10:00Z', 'hour', 'America/Sao_Paulo')).toBe('2026-11-01T00')
    expect(placeOf(late, 'month', 'UTC')).toBe('2026-11')
  })
})
