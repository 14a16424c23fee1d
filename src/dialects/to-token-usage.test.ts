import { expect, test } from 'vitest'
import { toTokenUsage } from './to-token-usage.ts'

const none = { total: undefined, noCache: undefined, cacheRead: undefined, cacheWrite: undefined }
const noOutput = { total: undefined, text: undefined, reasoning: undefined }

test('totals hold their parts', () => {
  const usage = toTokenUsage({
    inputTokens: { total: 100, noCache: 20, cacheRead: 70, cacheWrite: 10 },
    outputTokens: { total: 50, text: 20, reasoning: 30 },
    raw: { cache_creation: { ephemeral_1h_input_tokens: 4 } },
  })
  expect(usage).toEqual({
    inputTokens: 100,
    cachedTokens: 70,
    cacheWriteTokens: 10,
    cacheWriteOneHourTokens: 4,
    outputTokens: 50,
    reasoningTokens: 30,
    totalTokens: 150,
  })
})

test('a total that is not told is the sum of what is', () => {
  const usage = toTokenUsage({
    inputTokens: { total: undefined, noCache: 20, cacheRead: 70, cacheWrite: undefined },
    outputTokens: { total: undefined, text: 20, reasoning: undefined },
    raw: { cache_creation: null },
  })
  expect(usage).toMatchObject({ inputTokens: 90, outputTokens: 20, totalTokens: 110 })
  expect(usage).not.toHaveProperty('cacheWriteOneHourTokens')
})

test('half a count is none', () => {
  expect(toTokenUsage({ inputTokens: none, outputTokens: noOutput })).toBeUndefined()
  expect(toTokenUsage({ inputTokens: { ...none, total: 5 }, outputTokens: noOutput })).toBeUndefined()
  expect(toTokenUsage({ inputTokens: none, outputTokens: { ...noOutput, total: 5 } })).toBeUndefined()
})
