import { describe, expect, it } from 'vitest'
import { bucketName, bucketNames, bucketOf, daysOf, toWindow } from './usage-window.ts'

describe('a period', () => {
  it('counts both of its ends, and is asked for up to the day behind it', () => {
    const range = { from: '2026-02-27', to: '2026-03-01' }
    expect(daysOf(range)).toBe(3)
    expect(toWindow(range)).toEqual({ from: '2026-02-27', to: '2026-03-02' })
    expect(bucketNames(range, 'day')).toEqual(['2026-02-27', '2026-02-28', '2026-03-01'])
    expect(bucketNames(range, 'month')).toEqual(['2026-02', '2026-03'])
    expect(bucketNames({ from: '2026-03-01', to: '2026-03-01' }, 'hour')).toHaveLength(24)
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
    expect(bucketName(late, 'day', 'America/Sao_Paulo')).toBe('2026-10-31')
    expect(bucketName(late, 'hour', 'America/Sao_Paulo')).toBe('2026-10-31T23')
    expect(bucketName('2026-11-01T03:10:00Z', 'hour', 'America/Sao_Paulo')).toBe('2026-11-01T00')
    expect(bucketName(late, 'month', 'UTC')).toBe('2026-11')
  })
})
