import { expect, test } from 'vitest'
import type { Model } from '../pricing/index.ts'
import { type AttemptOutcome, emptyReport, type Target } from '../providers/index.ts'
import { Retries, TargetHealth } from '../routing/index.ts'
import { systemClock } from '../shared/clock.ts'
import { UpstreamUnavailableError } from '../shared/errors.ts'
import { silentLog } from '../shared/log.ts'
import type { Call } from './call.ts'
import type { GatewayContext } from './gateway-context.ts'
import type { CallPlan } from './plan-call.ts'
import { runAttempts } from './run-attempts.ts'

const rate = { input: 1_000_000n, cachedInput: 1_000_000n, cacheWrite: 1_000_000n, cacheWriteOneHour: 1_000_000n, output: 2_000_000n }
const model = {
  capabilities: { input: ['text'], tools: false, structuredOutput: false, reasoning: false, responsesOnly: false },
  prices: { ...rate, tiers: [], audioMinute: undefined, character: undefined, image: undefined, minimumAudioMs: 0 },
} as Partial<Model> as Model

const targets = ['openai/first', 'groq/second'].map((identifier) => ({ identifier, via: 'direct' })) as [Target, Target]

/** The output limits that the two targets of a call are told whose budget has no more than was held: 60 tokens in, 100 out. */
async function limitsTold(first: Partial<AttemptOutcome<string>>, inputTokensBound = 60): Promise<(number | undefined)[]> {
  const told: (number | undefined)[] = []
  const call: Partial<Call<string>> = {
    callId: '00000000-0000-7000-8000-000000000001',
    callerGone: new AbortController().signal,
    demand: { model: undefined, maxOutputTokens: 100, choices: 1, inputTokensBound, hasAudio: false },
    attempt: async ({ maxOutputTokens }) => {
      told.push(maxOutputTokens)
      const failed = new UpstreamUnavailableError('upstream_overloaded', 'said so')
      const whole = { error: failed, httpStatus: 200, reached: true, finished: false, requestId: undefined, firstTokenMs: undefined }
      return { ...whole, report: emptyReport(), latencyMs: 1, tail: [], ...(told.length === 1 && first) }
    },
  }
  const timeouts = { connectMs: 1_000, firstByteMs: 1_000, idleMs: 1_000, totalMs: 1_000 }
  const context: Partial<GatewayContext> = {
    settings: { timeouts, drainTimeoutMs: 1_000 } as GatewayContext['settings'],
    ledger: { reserveMore: () => Promise.resolve(undefined) } as Partial<GatewayContext['ledger']> as GatewayContext['ledger'],
    targetHealth: new TargetHealth({ clock: systemClock, log: silentLog, failuresToOpen: 0 }),
    retries: new Retries({ most: 0 }),
    clock: systemClock,
  }
  const plan = {
    targets,
    models: new Map(targets.map(({ identifier }) => [identifier, model])),
    minOutputTokens: 16,
    timeouts,
  }
  const begun = () => {}
  await runAttempts(
    context as GatewayContext,
    call as Call<string>,
    plan as Partial<CallPlan> as CallPlan,
    { admission: undefined, outputTokens: 100, isHard: true },
    begun,
  )
  return told
}

test('where no more can be held, another attempt has what the first may not be billed, and that may be more than its estimate', async () => {
  // Overloaded within a 200: the prompt may have been read, and billed in full.
  expect(await limitsTold({})).toEqual([100, 40])
  expect(await limitsTold({}, 85)).toEqual([100])
  // Refused outright: nothing is billed.
  expect(await limitsTold({ httpStatus: 529 })).toEqual([100, 100])
  // Hung: nothing is left.
  expect(await limitsTold({ error: new UpstreamUnavailableError('upstream_timeout', 'hung') })).toEqual([100])
  // Broke off within an answer of which nothing had gone out.
  expect(await limitsTold({ report: { ...emptyReport(), outputBytes: 3, outputPieces: 1 } }, 20)).toEqual([100])
})
