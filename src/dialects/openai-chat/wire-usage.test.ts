import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkUsage } from '../../usage/index.ts'
import { fromWireUsage, toWireUsage } from './wire-usage.ts'

const bound = { inputTokens: 1000, outputTokens: 1000 }

test("reads OpenAI's usage with its parts", () => {
  const wire = {
    prompt_tokens: 100,
    completion_tokens: 40,
    total_tokens: 140,
    prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 10 },
    completion_tokens_details: { reasoning_tokens: 30 },
  }
  expect(fromWireUsage(wire)).toEqual({
    inputTokens: 100,
    cachedTokens: 60,
    cacheWriteTokens: 10,
    outputTokens: 40,
    reasoningTokens: 30,
    totalTokens: 140,
  })
})

test('thinking that a provider leaves out of completion_tokens is output all the same', () => {
  // Google's endpoint: only the total has it.
  expect(fromWireUsage({ prompt_tokens: 9, completion_tokens: 2, total_tokens: 36 })).toMatchObject({
    outputTokens: 27,
    reasoningTokens: 25,
    totalTokens: 36,
  })
  // Vercel's: only reasoning_tokens has it.
  const vercel = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11, completion_tokens_details: { reasoning_tokens: 25 } }
  expect(fromWireUsage(vercel)).toMatchObject({ outputTokens: 27, reasoningTokens: 25, totalTokens: 36 })
  // The same where it is less than the answer, and only the provider's own account behind Vercel tells.
  const long = { prompt_tokens: 9, completion_tokens: 100, total_tokens: 109, completion_tokens_details: { reasoning_tokens: 25 } }
  expect(fromWireUsage(long, { totalTokens: 134 })).toMatchObject({ outputTokens: 125, reasoningTokens: 25, totalTokens: 134 })
  expect(fromWireUsage(long)).toMatchObject({ outputTokens: 100, totalTokens: 109 })
})

test.each([[undefined], [null], ['x'], [[]], [{}], [{ total_tokens: 5 }]])('%j is no usage', (wire) => {
  expect(fromWireUsage(wire)).toBeUndefined()
})

test.each([
  [{ prompt_tokens: '12', completion_tokens: 3 }],
  [{ prompt_tokens: -12, completion_tokens: 3, total_tokens: 500 }],
  [{ prompt_tokens: 12, completion_tokens: -3, total_tokens: 500 }],
  [{ prompt_tokens: 12, completion_tokens: 3.5 }],
  [{ prompt_tokens: 12, completion_tokens: 3, total_tokens: 4 }],
  [{ prompt_tokens: 12, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 20 } }],
])("nonsense stays nonsense for the ledger's check: %j", (wire) => {
  expect(checkUsage(fromWireUsage(wire), bound).accepted).toBe(false)
})

test('total over anything', () => {
  fc.assert(
    fc.property(
      fc.anything(),
      fc.dictionary(
        fc.constantFrom('prompt_tokens', 'completion_tokens', 'total_tokens', 'prompt_tokens_details', 'completion_tokens_details'),
        fc.anything(),
      ),
      (any, wire) => {
        expect(() => [fromWireUsage(any), fromWireUsage(wire)]).not.toThrow()
      },
    ),
  )
})

test('what we write is what we read', () => {
  const usage = { inputTokens: 50, cachedTokens: 20, cacheWriteTokens: 10, outputTokens: 30, reasoningTokens: 5, totalTokens: 80 }
  expect(fromWireUsage(toWireUsage(usage))).toEqual(usage)
  expect(toWireUsage({ ...usage, cacheWriteTokens: 0 }).prompt_tokens_details).toEqual({ cached_tokens: 20 })
})
