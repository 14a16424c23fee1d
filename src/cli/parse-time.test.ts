import { describe, expect, it } from 'vitest'
import { parseEnd, parseMoment, parseSpan } from './parse-time.ts'
import { parseSince } from './usage.ts'

describe('times that people type', () => {
  it('reads lengths of time', () => {
    expect(['90m', '24h', '7d', '2w'].map(parseSpan)).toEqual([5_400, 86_400, 604_800, 1_209_600])
    expect(['', '7', 'd', '7 d', '-7d', '7y', '1.5h'].map(parseSpan)).toEqual(Array(7).fill(undefined))
  })

  it('reads days and moments of the calendar', () => {
    expect(parseMoment('2026-11-20')).toBe('2026-11-20 00:00')
    expect(parseMoment('2026-11-20T14:30')).toBe('2026-11-20 14:30')
    expect(['2026-02-30', '2026-13-01', '20/11/2026', '2026-11-20T25:00', 'now'].map(parseMoment)).toEqual(Array(5).fill(undefined))
  })

  it('reads when a key ends', () => {
    expect(parseEnd('30d', '--expires')).toEqual({ seconds: 2_592_000 })
    expect(parseEnd('2027-01-31', '--expires')).toEqual({ at: '2027-01-31 00:00' })
    expect(parseEnd('2027-01-31T10:00-03:00', '--expires')).toEqual({ at: '2027-01-31 10:00-03:00' })
    expect(parseEnd('2027-01-31T10:00:00Z', '--expires')).toEqual({ at: '2027-01-31 10:00:00Z' })
    for (const text of ['never', '2027-01-31-03:00', '2027-31-01', '']) expect(() => parseEnd(text, '--expires')).toThrow('neither')
  })

  it('reads since when usage is asked for', () => {
    expect(parseSince('today')).toEqual({ kind: 'today' })
    expect(parseSince('1h')).toEqual({ kind: 'ago', seconds: 3_600 })
    expect(parseSince('2026-11-20')).toEqual({ kind: 'at', at: '2026-11-20 00:00' })
    expect(() => parseSince('gestern')).toThrow('--since "gestern"')
  })
})
