import { expect, it } from 'vitest'
import { fillDays } from './fill-days.ts'

it('has every one of the last 30 days of the zone, with the sums of those that have some', () => {
  // 01:30 of the 22nd in UTC is the evening of the 21st in São Paulo.
  const now = new Date('2026-11-22T01:30:00Z')
  const today = { bucket_start: '2026-11-21T03:00:00.000Z', calls: 3 }
  const filled = fillDays([today], 'America/Sao_Paulo', now)
  expect(filled).toHaveLength(30)
  expect(filled[0]).toEqual({ day: '2026-10-23', sums: undefined })
  expect(filled.at(-1)).toEqual({ day: '2026-11-21', sums: today })
})

it('keeps the days of a zone whose clock was put forward at midnight', () => {
  const first = { bucket_start: '2018-11-04T03:00:00.000Z', calls: 1 }
  const filled = fillDays([first], 'America/Sao_Paulo', new Date('2018-11-10T12:00:00Z'))
  expect(filled.find(({ sums }) => sums !== undefined)?.day).toBe('2018-11-04')
})
