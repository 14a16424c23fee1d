import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkUsage, noUsage, type RawUsage, sumUsage, tokenUsage } from './token-usage.ts'

const bound = { inputTokens: 100, outputTokens: 400 }

function accepted(raw: RawUsage) {
  const check = checkUsage(raw, bound)
  if (!check.accepted) throw new Error(`refused: ${check.message}`)
  return check
}

describe('checkUsage', () => {
  it('accepts what fits, and completes the total', () => {
    expect(accepted({ inputTokens: 20, cachedTokens: 5, outputTokens: 7, reasoningTokens: null })).toEqual({
      accepted: true,
      excessTokens: 0,
      usage: { inputTokens: 20, cachedTokens: 5, cacheWriteTokens: 0, outputTokens: 7, reasoningTokens: 0, totalTokens: 27 },
    })
  })

  it('books 20 % above the hold and says by how much', () => {
    const { usage, excessTokens } = accepted({ inputTokens: 120, outputTokens: 480, totalTokens: 600 })
    expect(usage.totalTokens).toBe(600)
    expect(excessTokens).toBe(100)
  })

  it('books a prompt that the provider grew with its own tools', () => {
    expect(accepted({ inputTokens: 60_000, outputTokens: 300 }).excessTokens).toBe(59_800)
  })

  it('takes a total above the parts as thinking that was counted beside the answer', () => {
    const { usage } = accepted({ inputTokens: 20, outputTokens: 30, reasoningTokens: 100, totalTokens: 150 })
    expect(usage).toMatchObject({ inputTokens: 20, outputTokens: 130, reasoningTokens: 100, totalTokens: 150 })
    expect(accepted({ inputTokens: 20, outputTokens: 30, totalTokens: 150 }).usage).toEqual(usage)
  })

  it.each<[string, RawUsage | null | undefined]>([
    ['missing', undefined],
    ['missing', null],
    ['missing', {}],
    ['missing', { totalTokens: 12 }],
    ['negative', { inputTokens: -1, outputTokens: 5 }],
    ['negative', { inputTokens: 10, outputTokens: 5, reasoningTokens: -5 }],
    ['not_an_integer', { inputTokens: 1.5, outputTokens: 5 }],
    ['not_an_integer', { inputTokens: Number.NaN, outputTokens: 5 }],
    ['not_an_integer', { inputTokens: '10', outputTokens: 5 }],
    ['not_an_integer', { inputTokens: 2 ** 60, outputTokens: 5 }],
    ['parts_above_whole', { inputTokens: 10, cachedTokens: 6, cacheWriteTokens: 5, outputTokens: 5 }],
    ['parts_above_whole', { inputTokens: 10, cacheWriteTokens: 5, cacheWriteOneHourTokens: 6, outputTokens: 5 }],
    ['parts_above_whole', { inputTokens: 10, outputTokens: 5, reasoningTokens: 6 }],
    ['total_below_parts', { inputTokens: 10, outputTokens: 5, totalTokens: 14 }],
    ['absurd', { inputTokens: 10, outputTokens: 999_999_999 }],
    ['absurd', { inputTokens: 10, outputTokens: 5, totalTokens: 999_999_999 }],
    ['absurd', { inputTokens: 105_001, outputTokens: 0 }],
  ])('refuses as %s: %j', (reason, raw) => {
    expect(checkUsage(raw, bound)).toMatchObject({ accepted: false, reason, message: expect.stringMatching(/^\S.*\.$/) })
  })

  it('only ever accepts usage whose parts fit their wholes', () => {
    const count = fc.oneof(fc.integer({ min: -2, max: 2_000 }), fc.constant(undefined), fc.constant(null), fc.double(), fc.string())
    const raws = fc.record({
      inputTokens: count,
      cachedTokens: count,
      cacheWriteTokens: count,
      cacheWriteOneHourTokens: count,
      outputTokens: count,
      reasoningTokens: count,
      totalTokens: count,
    })
    fc.assert(
      fc.property(raws, (raw) => {
        const check = checkUsage(raw, bound)
        if (!check.accepted) return
        const { usage } = check
        expect(usage.cachedTokens + usage.cacheWriteTokens).toBeLessThanOrEqual(usage.inputTokens)
        expect(usage.cacheWriteOneHourTokens ?? 0).toBeLessThanOrEqual(usage.cacheWriteTokens)
        expect(usage.reasoningTokens).toBeLessThanOrEqual(usage.outputTokens)
        expect(usage.totalTokens).toBe(usage.inputTokens + usage.outputTokens)
        expect(Object.values(usage).every((value) => Number.isSafeInteger(value) && value >= 0)).toBe(true)
        expect(checkUsage(usage, bound)).toEqual(check)
      }),
    )
  })
})

describe('tokenUsage and sumUsage', () => {
  it('refuses counts that cannot be', () => {
    expect(tokenUsage({})).toEqual(noUsage)
    expect(() => tokenUsage({ inputTokens: 1, cachedTokens: 2 })).toThrow(RangeError)
  })

  it('adds attempts up', () => {
    const first = tokenUsage({ inputTokens: 10, cachedTokens: 3, outputTokens: 4, reasoningTokens: 1 })
    const second = tokenUsage({ inputTokens: 20, cacheWriteTokens: 6, cacheWriteOneHourTokens: 2, outputTokens: 5 })
    expect(sumUsage([first, second])).toEqual(
      tokenUsage({
        inputTokens: 30,
        cachedTokens: 3,
        cacheWriteTokens: 6,
        cacheWriteOneHourTokens: 2,
        outputTokens: 9,
        reasoningTokens: 1,
      }),
    )
    expect(sumUsage([])).toEqual(noUsage)
  })
})
