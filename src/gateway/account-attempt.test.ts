import { expect, test } from 'vitest'
import type { Model } from '../pricing/index.ts'
import type { AttemptOutcome } from '../providers/index.ts'
import { UpstreamBrokenError, UpstreamUnavailableError } from '../shared/errors.ts'
import { tokenUsage } from '../usage/index.ts'
import { accountAttempt } from './account-attempt.ts'

const rate = { input: 1_000_000n, cachedInput: 1_000_000n, cacheWrite: 1_000_000n, cacheWriteOneHour: 1_000_000n, output: 2_000_000n }
const model = {
  prices: { ...rate, tiers: [], audioMinute: undefined, character: undefined, image: undefined, minimumAudioMs: 0 },
} as Partial<Model> as Model
const held = { inputTokens: 300, outputTokens: 100 }

function outcomeOf(report: Partial<AttemptOutcome<Buffer>['report']>, rest: Partial<AttemptOutcome<Buffer>> = {}): AttemptOutcome<Buffer> {
  return {
    error: undefined,
    httpStatus: 200,
    reached: true,
    finished: true,
    requestId: 'req_1',
    report: {
      usage: undefined,
      finishReason: undefined,
      model: undefined,
      outputBytes: 0,
      outputPieces: 0,
      gatewayMetadata: undefined,
      ...report,
    },
    latencyMs: 1,
    firstTokenMs: 1,
    tail: [],
    ...rest,
  }
}
const cut = { finished: false, error: new UpstreamBrokenError('stream_cut', 'cut') }

test('what the provider reports of a whole answer is what is charged', () => {
  const usage = tokenUsage({ inputTokens: 20, outputTokens: 30 })
  const account = accountAttempt(outcomeOf({ usage, outputBytes: 300, outputPieces: 30 }), model, held)
  expect(account).toEqual({ usage, costUsd: 80n, isEstimate: false, flags: [] })
})

test('what it reported on the way, of an answer that broke off, is only the least: the row is an estimate, not below what was streamed', () => {
  const usage = tokenUsage({ inputTokens: 20, cachedTokens: 5, outputTokens: 30 })
  const account = accountAttempt(outcomeOf({ usage, outputBytes: 150, outputPieces: 31 }, cut), model, held)
  expect(account.usage).toEqual(tokenUsage({ inputTokens: 20, cachedTokens: 5, outputTokens: 50 }))
  expect(account).toMatchObject({ isEstimate: true, flags: ['usage_missing'] })
  const more = accountAttempt(outcomeOf({ usage, outputBytes: 30, outputPieces: 12 }, cut), model, held)
  expect(more.usage.outputTokens).toBe(30)
  const thinking = tokenUsage({ inputTokens: 20, outputTokens: 34, reasoningTokens: 20 })
  expect(accountAttempt(outcomeOf({ usage: thinking, outputBytes: 75, outputPieces: 14 }, cut), model, held).usage.outputTokens).toBe(45)
  const aboveHold = accountAttempt(outcomeOf({ usage, outputBytes: 3_000, outputPieces: 12 }, cut), model, held)
  expect(aboveHold.usage.outputTokens).toBe(100)
  // More than was held, where the hold's bound was not the provider's limit: what was seen is not guessed.
  const seenAboveHold = accountAttempt(outcomeOf({ usage, outputBytes: 480, outputPieces: 120 }, cut), model, held)
  expect(seenAboveHold.usage.outputTokens).toBe(120)
})

test('only its input was told before it broke off or hung: that, and not less output than was seen, or all that was held', () => {
  const told = (outputTokens: number) => tokenUsage({ inputTokens: 20, cachedTokens: 5, outputTokens })
  const seen = accountAttempt(outcomeOf({ usage: told(0), outputBytes: 90, outputPieces: 31 }, cut), model, held)
  expect(seen).toMatchObject({ usage: told(31), isEstimate: true, flags: ['usage_missing'] })
  // The first word of some is told with the input.
  for (const output of [0, 1]) expect(accountAttempt(outcomeOf({ usage: told(output) }, cut), model, held).usage).toEqual(told(100))
  expect(accountAttempt(outcomeOf({ usage: told(130) }, cut), model, held).usage).toEqual(told(130))
  const hung = { finished: false, error: new UpstreamUnavailableError('upstream_timeout', 'hung') }
  expect(accountAttempt(outcomeOf({ usage: told(1) }, hung), model, held)).toMatchObject({ usage: told(100), flags: ['usage_missing'] })
  const saidSo = { finished: false, error: new UpstreamUnavailableError('upstream_overloaded', 'said so') }
  expect(accountAttempt(outcomeOf({ usage: told(1) }, saidSo), model, held).usage).toEqual(told(1))
})

test('nothing reported: an estimate of what was streamed, the whole hold where nothing came, nothing where nothing arrived', () => {
  expect(accountAttempt(outcomeOf({ outputBytes: 90, outputPieces: 10 }, cut), model, held).usage.outputTokens).toBe(30)
  expect(accountAttempt(outcomeOf({}, cut), model, held).usage).toEqual(tokenUsage(held))
  expect(accountAttempt(outcomeOf({}, { ...cut, reached: false }), model, held)).toMatchObject({ costUsd: 0n, isEstimate: false })
  expect(accountAttempt(outcomeOf({}, { ...cut, httpStatus: 429 }), model, held)).toMatchObject({ costUsd: 0n, isEstimate: false })
})

test('an answer that ended while a slow caller kept us from reading: the whole hold, and not less than was seen', () => {
  const unread = { ...cut, unread: true }
  expect(accountAttempt(outcomeOf({ outputBytes: 90, outputPieces: 10 }, unread), model, held)).toMatchObject({
    usage: tokenUsage(held),
    isEstimate: true,
    flags: ['usage_missing'],
  })
  expect(accountAttempt(outcomeOf({ outputBytes: 480, outputPieces: 120 }, unread), model, held).usage.outputTokens).toBe(120)
  const usage = tokenUsage({ inputTokens: 20, outputTokens: 3 })
  expect(accountAttempt(outcomeOf({ usage, outputBytes: 90, outputPieces: 10 }, unread), model, held).usage).toEqual(
    tokenUsage({ inputTokens: 20, outputTokens: 100 }),
  )
})

test('an attempt that another one overtook before its first word: the prompt, and what a model that thinks can have thought by then', () => {
  const thinking = (reasoning: boolean) => ({ ...model, capabilities: { reasoning } }) as Partial<Model> as Model
  const outcome = outcomeOf({}, { ...cut, httpStatus: undefined, latencyMs: 40 })
  expect(accountAttempt(outcome, thinking(false), held, { wasOvertaken: true })).toMatchObject({
    usage: tokenUsage({ inputTokens: 100 }),
    isEstimate: true,
    flags: ['usage_missing'],
  })
  expect(accountAttempt(outcome, thinking(true), held, { wasOvertaken: true }).usage).toEqual(
    tokenUsage({ inputTokens: 100, outputTokens: 40 }),
  )
  expect(accountAttempt({ ...outcome, latencyMs: 5_000 }, thinking(true), held, { wasOvertaken: true }).usage.outputTokens).toBe(100)
  expect(accountAttempt({ ...outcome, reached: false }, thinking(true), held, { wasOvertaken: true })).toMatchObject({
    costUsd: 0n,
    isEstimate: false,
  })
})
