import { describe, expect, it } from 'vitest'
import { type DateRangePreset, rangeOf } from './date-range.ts'

/** Still 31 October in São Paulo. */
const now = new Date('2026-11-01T02:30:00Z')

describe('rangeOf', () => {
  it.each([
    ['today', '2026-10-31', '2026-10-31'],
    ['yesterday', '2026-10-30', '2026-10-30'],
    ['last7', '2026-10-25', '2026-10-31'],
    ['last30', '2026-10-02', '2026-10-31'],
    ['thisMonth', '2026-10-01', '2026-10-31'],
    ['lastMonth', '2026-09-01', '2026-09-30'],
  ] as const)('%s, in the zone', (preset: DateRangePreset, from, to) => {
    expect(rangeOf(preset, 'America/Sao_Paulo', now)).toEqual({ preset, from, to })
  })

  it('goes over the year', () => {
    expect(rangeOf('lastMonth', 'UTC', new Date('2027-01-15T12:00:00Z'))).toEqual({
      preset: 'lastMonth',
      from: '2026-12-01',
      to: '2026-12-31',
    })
  })
})
