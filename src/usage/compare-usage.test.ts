import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nanoUsd } from '../shared/money.ts'
import { type BookedUsage, compareUsage, type DriftVerdict, isDrift } from './compare-usage.ts'
import { noFigures, type ReportedUsage } from './usage-figures.ts'

const booked = (more: Partial<BookedUsage> = {}): BookedUsage => ({
  provider: 'openai',
  model: 'gpt-4o-mini',
  calls: 10,
  inputTokens: 1000,
  cachedTokens: 0,
  outputTokens: 500,
  costUsd: nanoUsd(2_000_000_000n),
  estimated: noFigures,
  lateCalls: 0,
  ...more,
})
const reported = (more: Partial<ReportedUsage> = {}): ReportedUsage => {
  const { estimated: _estimated, lateCalls: _late, ...figures } = booked()
  return { ...figures, model: 'gpt-4o-mini-2024-07-18', ...more }
}
const compare = (ours: BookedUsage[], theirs: ReportedUsage[], tolerancePercent = 0.5, compared = ['openai']) =>
  compareUsage({
    booked: ours,
    reported: theirs,
    comparedProviders: new Set(compared),
    modelNameOf: (_provider, model) => model.replace(/-\d{4}-\d{2}-\d{2}$/, ''),
    tolerancePercent,
  })

describe('compareUsage', () => {
  it('adds up what comes in parts under several names', () => {
    const { calls, inputTokens, cachedTokens, outputTokens, costUsd: _, ...place } = reported()
    const theirs: ReportedUsage[] = [
      { ...noFigures, ...place, calls, inputTokens, cachedTokens, outputTokens },
      { ...noFigures, ...place, costUsd: nanoUsd(1_500_000_000n) },
      { ...noFigures, ...place, model: 'gpt-4o-mini', costUsd: nanoUsd(500_000_000n) },
    ]
    const [line, ...more] = compare([booked()], theirs, 0)
    expect(more).toEqual([])
    expect(line).toMatchObject({ model: 'gpt-4o-mini', verdict: 'agrees', drift: { costUsd: { difference: 0n, percent: 0 } } })
  })

  it.each<[DriftVerdict, string, Partial<ReportedUsage>]>([
    ['agrees', 'within the tolerance', { inputTokens: 1005 }],
    ['reported_more', 'above it', { inputTokens: 1006 }],
    ['booked_more', 'fewer there', { outputTokens: 400 }],
    ['agrees', 'calls judge nothing', { calls: 99 }],
    ['agrees', 'what is not told is not compared', { costUsd: undefined, cachedTokens: undefined }],
    ['booked_more', 'none of it there', { cachedTokens: 0, outputTokens: 0 }],
    ['reported_more', 'none of it here: no percentage is needed', { cachedTokens: 1 }],
    ['reported_more', 'money decides who has more', { costUsd: nanoUsd(2_100_000_000n), outputTokens: 1 }],
  ])('%s: %s', (verdict, _why, more) => {
    const [line] = compare([booked({ cachedTokens: 0 })], [reported(more)])
    expect(line?.verdict).toBe(verdict)
  })

  it('lets a difference of less than a cent be: exports are rounded to it', () => {
    const line = (usd: bigint) => compare([booked({ costUsd: nanoUsd(4_000_000n) })], [reported({ costUsd: nanoUsd(usd) })])[0]
    expect(line(0n)).toMatchObject({ verdict: 'agrees', drift: { costUsd: { difference: 4_000_000n, percent: undefined } } })
    expect(line(14_000_000n)?.verdict).toBe('reported_more')
  })

  it('tells who has a model alone, and who was not asked', () => {
    const lines = compare([booked(), booked({ provider: 'groq', model: 'llama' })], [reported({ model: 'gpt-5' })])
    expect(lines.map(({ model, verdict }) => [model, verdict])).toEqual([
      ['llama', 'not_compared'],
      ['gpt-4o-mini', 'only_booked'],
      ['gpt-5', 'only_reported'],
    ])
    expect(lines.map(isDrift)).toEqual([false, true, true])
  })

  it('leaves out what a provider lists and nobody used', () => {
    expect(compare([], [{ ...reported(), ...noFigures, calls: 0, inputTokens: 0, costUsd: nanoUsd(0n) }])).toEqual([])
  })

  it('never agrees above the tolerance, nor differs within it', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.nat(1_000_000), fc.double({ min: 0, max: 100, noNaN: true }), (ours, theirs, tolerance) => {
        const figures = { ...noFigures, inputTokens: ours, calls: 1 }
        const [line] = compare([{ ...booked(), ...figures }], [{ ...reported(), ...noFigures, calls: 1, inputTokens: theirs }], tolerance)
        const isWithin = ours === theirs || (theirs > 0 && (Math.abs(ours - theirs) / theirs) * 100 <= tolerance)
        expect(line?.verdict === 'agrees').toBe(isWithin)
      }),
    )
  })
})
