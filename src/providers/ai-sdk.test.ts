import type { LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startQueueMeter } from '../../tests/_support/stopwatch.ts'
import { type Emulator, startEmulator } from '../emulator/index.ts'
import {
  type AiSdkOut,
  type AttemptOptions,
  type AttemptOutcome,
  type AttemptSink,
  type Credentials,
  createUpstream,
  type Target,
  type Upstream,
} from './index.ts'

const credentials: Credentials = {
  gatewayKey: 'vck_test_gateway_0001',
  providerKeys: {
    openai: 'sk-test-openai-0001',
    groq: 'gsk_test_groq_0001',
    anthropic: 'sk-ant-test-0001',
    google: 'AIza-test-google-0001',
  },
  user: 'acme',
}
const keys = [credentials.gatewayKey ?? '', ...Object.values(credentials.providerKeys)]
const timeouts = { connectMs: 20_000, firstByteMs: 20_000, idleMs: 20_000, totalMs: 60_000 }

const targets: Target[] = [
  { identifier: 'openai/gpt-4o-mini', creator: 'openai', modelName: 'gpt-4o-mini', via: 'direct' },
  { identifier: 'openai/o4-mini', creator: 'openai', modelName: 'o4-mini', via: 'direct' },
  { identifier: 'groq/llama-3.3-70b-versatile', creator: 'groq', modelName: 'llama-3.3-70b-versatile', via: 'direct' },
  { identifier: 'anthropic/claude-haiku-4-5', creator: 'anthropic', modelName: 'claude-haiku-4-5', via: 'direct' },
  { identifier: 'google/gemini-2.5-flash', creator: 'google', modelName: 'gemini-2.5-flash', via: 'direct' },
  { identifier: 'anthropic/claude-haiku-4-5', creator: 'anthropic', modelName: 'claude-haiku-4-5', via: 'vercel' },
  { identifier: 'groq/llama-3.3-70b-versatile', creator: 'groq', modelName: 'llama-3.3-70b-versatile', via: 'vercel' },
]
const named = targets.map((target) => [`${target.identifier} via ${target.via}`, target] as const)
const anthropic = named[3]?.[1] as Target
const anthropicByVercel = named[5]?.[1] as Target

let emulator: Emulator
let upstream: Upstream
beforeAll(async () => {
  emulator = await startEmulator({ keys })
  upstream = createUpstream({ baseUrls: emulator.baseUrls })
})
afterEach(() => emulator.reset())
afterAll(async () => {
  await upstream.close()
  await emulator.close()
})

class Sink implements AttemptSink<AiSdkOut> {
  begun = 0
  readonly written: AiSdkOut[] = []
  full = false
  private release: () => void = () => {}

  begin(): void {
    this.begun++
  }

  write(out: AiSdkOut): boolean {
    this.written.push(out)
    return !this.full
  }

  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.release = resolve
    })
  }

  drain(): void {
    this.full = false
    this.release()
  }
}

interface Attempt extends Partial<AttemptOptions> {
  target: Target
  stream?: boolean
  prompt?: string
  call?: Partial<LanguageModelV4CallOptions>
  sink?: Sink
  by?: Upstream
}

function attempt({ target, stream = false, prompt = 'Say hello.', call = {}, sink = new Sink(), by = upstream, ...options }: Attempt) {
  return by.attemptAiSdk(
    { options: { prompt: [{ role: 'user', content: [{ type: 'text', text: prompt }] }], ...call }, stream },
    { target, credentials, maxOutputTokens: 500, timeouts, signal: new AbortController().signal, ...options },
    sink,
  )
}

function textOf(outs: readonly AiSdkOut[]): string {
  const parts = outs.flatMap((out) =>
    out.type === 'result'
      ? out.result.content.flatMap((content) => (content.type === 'text' ? [content.text] : []))
      : out.part.type === 'text-delta'
        ? [out.part.delta]
        : [],
  )
  return parts.join('')
}

const partTypes = (outs: readonly AiSdkOut[]) => outs.map((out) => (out.type === 'part' ? out.part.type : out.type))

function expectUsage(outcome: AttemptOutcome<AiSdkOut>): void {
  const [served] = emulator.served()
  expect(outcome.report.usage).toMatchObject({
    inputTokens: served?.inputTokens,
    outputTokens: served?.outputTokensServed,
    cachedTokens: served?.cachedTokens,
    reasoningTokens: served?.reasoningTokens,
  })
  expect(emulator.counts()).toMatchObject({ received: 1, finished: 1 })
}

test.each(named)('%s: a whole answer', async (_name, target) => {
  const outcome = await attempt({ target })
  expect(outcome.error).toBeUndefined()
  expect(outcome).toMatchObject({
    httpStatus: 200,
    reached: true,
    finished: true,
    firstTokenMs: undefined,
    report: { finishReason: 'stop' },
  })
  expect(partTypes(outcome.tail)).toEqual(['result'])
  expect(textOf(outcome.tail).length).toBeGreaterThan(5)
  expect(outcome.report.outputBytes).toBeGreaterThanOrEqual(Buffer.byteLength(textOf(outcome.tail)))
  expect(outcome.requestId).toBe(emulator.served()[0]?.requestId)
  expectUsage(outcome)
})

test.each(named)('%s: a stream, its end in the tail', async (_name, target) => {
  const sink = new Sink()
  const outcome = await attempt({ target, stream: true, sink })
  expect(outcome.error).toBeUndefined()
  expect(outcome).toMatchObject({ httpStatus: 200, reached: true, finished: true, report: { finishReason: 'stop' } })
  expect(sink.begun).toBe(1)
  expect(textOf(sink.written).length).toBeGreaterThan(5)
  expect(partTypes(sink.written)).not.toContain('finish')
  expect(partTypes(outcome.tail)[0]).toBe('finish')
  expect(outcome.firstTokenMs).toBeLessThanOrEqual(outcome.latencyMs)
  expect(outcome.report.outputPieces).toBeGreaterThan(1)
  expectUsage(outcome)
})

test('no key of ours is in what the caller gets, nor the request that held it', async () => {
  const outcome = await attempt({ target: anthropicByVercel })
  expect(outcome.report.gatewayMetadata).toMatchObject({ routing: { finalProvider: 'anthropic' } })
  expect(emulator.served()[0]).toMatchObject({ byok: true, user: 'acme' })
  const told = JSON.stringify(outcome)
  for (const key of keys) expect(told).not.toContain(key)
})

test('all settings are sent, the hold’s limit among them', async () => {
  const call = { temperature: 0.3, topP: 0.9, stopSequences: ['ZZZ'], maxOutputTokens: 4000, headers: { 'x-of-the-caller': 'stays' } }
  await attempt({ target: named[2]?.[1] as Target, call, maxOutputTokens: 77 })
  const [seen] = emulator.requests()
  expect(seen?.body).toMatchObject({ model: 'llama-3.3-70b-versatile', temperature: 0.3, top_p: 0.9, stop: ['ZZZ'], max_tokens: 77 })
  expect(JSON.stringify(seen)).not.toContain('x-of-the-caller')
})

test('thinking does not raise Anthropic’s limit above the hold', async () => {
  const thinking = (budgetTokens: number) => ({ providerOptions: { anthropic: { thinking: { type: 'enabled', budgetTokens } } } })
  await attempt({ target: anthropic, call: thinking(5000), maxOutputTokens: 3000 })
  await attempt({ target: anthropic, call: thinking(5000), maxOutputTokens: 800 })
  expect(emulator.requests().map((seen) => seen.body)).toMatchObject([
    { max_tokens: 3000, thinking: { type: 'enabled', budget_tokens: 2999 } },
    { max_tokens: 800, thinking: { type: 'disabled' } },
  ])
})

test('nor behind Vercel, where a budget is added to the limit', async () => {
  const anthropicOptions = { thinking: { type: 'enabled', budgetTokens: 5000 } }
  await attempt({ target: anthropicByVercel, call: { providerOptions: { anthropic: anthropicOptions } }, maxOutputTokens: 9000 })
  expect(emulator.requests()[0]?.body).toMatchObject({
    maxOutputTokens: 4501,
    providerOptions: { anthropic: { thinking: { type: 'enabled', budgetTokens: 4499 } }, gateway: { only: ['anthropic'] } },
  })
})

test('a caller cannot bring its own route to Vercel', async () => {
  const gateway = { byok: { anthropic: [{ apiKey: 'sk-test-of-the-caller' }] }, models: ['openai/gpt-5-pro'] }
  await attempt({ target: anthropicByVercel, call: { providerOptions: { gateway, anthropic: { sendReasoning: false } } } })
  expect(emulator.requests()[0]?.body).toMatchObject({
    providerOptions: {
      gateway: { byok: { anthropic: [{ apiKey: credentials.providerKeys.anthropic }] }, user: 'acme', only: ['anthropic'] },
      anthropic: { sendReasoning: false },
    },
  })
  expect(JSON.stringify(emulator.requests())).not.toContain('gpt-5-pro')
})

test.each([
  ['400', { status: 400 }, 'upstream_invalid_request', 400],
  ['a bad key', { badKey: true }, 'upstream_auth', 502],
  ['429', { status: 429, retryAfterSeconds: 3 }, 'upstream_rate_limited', 429],
  ['500', { status: 500 }, 'upstream_overloaded', 503],
  ['529', { status: 529 }, 'upstream_overloaded', 503],
] as const)('%s becomes the same error on every way', async (_name, fault, code, httpStatus) => {
  emulator.inject(fault)
  for (const [, target] of named) {
    for (const stream of [false, true]) {
      const outcome = await attempt({ target, stream })
      expect(outcome, `${target.identifier} via ${target.via}`).toMatchObject({
        error: { code, httpStatus },
        finished: false,
        reached: true,
      })
      if (httpStatus === 429) expect(outcome.error?.retryAfterMs).toBe(3000)
      expect(outcome.tail).toEqual([])
    }
  }
})

test('a key that the upstream echoes stays out of the error', async () => {
  for (const status of [400, 429, 500]) {
    const undo = emulator.inject({ status, message: `bad key ${credentials.providerKeys.anthropic} or ${credentials.gatewayKey}` })
    for (const [, target] of named) {
      const { error } = await attempt({ target })
      const told = `${error?.publicMessage} ${error?.stack} ${JSON.stringify(error?.details)} ${JSON.stringify(error?.cause)}`
      for (const key of keys) expect(told).not.toContain(key)
    }
    undo()
  }
})

test.each(named)('%s: a connection reset before the answer', async (_name, target) => {
  emulator.inject({ reset: true })
  for (const stream of [false, true]) {
    const outcome = await attempt({ target, stream })
    expect(outcome).toMatchObject({ error: { code: 'stream_cut' }, httpStatus: undefined, reached: true, finished: false })
  }
  expect(emulator.counts().received).toBe(2)
})

test.each(named)('%s: a stream that breaks off', async (_name, target) => {
  for (const fault of [{ cutAfterChunks: 2 }, { cutAfterChunks: 2, cutMidFrame: true }, { endAfterChunks: 2 }]) {
    const undo = emulator.inject({ ...fault, chunks: 6 })
    const sink = new Sink()
    const outcome = await attempt({ target, stream: true, sink })
    expect(outcome, JSON.stringify(fault)).toMatchObject({ error: { code: 'stream_cut' }, httpStatus: 200, finished: false, tail: [] })
    expect(outcome.report.outputBytes, JSON.stringify(fault)).toBeGreaterThan(0)
    undo()
  }
})

test.each(named)('%s: garbage', async (_name, target) => {
  emulator.inject({ garbage: true })
  for (const stream of [false, true]) {
    const outcome = await attempt({ target, stream })
    expect(outcome).toMatchObject({ error: { code: 'malformed_response' }, reached: true, finished: false, tail: [] })
  }
})

test.each(named)('%s: an error event in the stream', async (_name, target) => {
  emulator.inject({ errorAfterChunks: 2, chunks: 6 })
  const outcome = await attempt({ target, stream: true })
  expect(outcome).toMatchObject({ httpStatus: 200, reached: true, finished: false, tail: [] })
  expect(outcome.error?.code).toMatch(/^upstream_overloaded|stream_cut$/)
})

test('usage that the provider does not tell is undefined, not zero', async () => {
  emulator.inject({ usage: 'none' })
  expect((await attempt({ target: named[0]?.[1] as Target })).report.usage).toBeUndefined()
  expect((await attempt({ target: named[0]?.[1] as Target, stream: true })).report.usage).toBeUndefined()
})

test('nobody there: unreachable, and certainly not billed', async () => {
  const gone = await startEmulator({ keys })
  const { baseUrls } = gone
  await gone.close()
  const by = createUpstream({ baseUrls })
  for (const [, target] of named) {
    expect(await attempt({ target, by })).toMatchObject({ error: { code: 'upstream_unreachable' }, reached: false, httpStatus: undefined })
  }
  await by.close()
})

test.each([
  ['first_byte', { hang: true }, { firstByteMs: 800 }, 800],
  ['idle', { hangAfterChunks: 2 }, { idleMs: 800 }, 800],
  ['total', { trickleMs: 20 }, { totalMs: 800 }, 800],
] as const)('%s timeout within ten per cent', async (which, fault, change, expectedMs) => {
  emulator.inject({ ...fault, chunks: 20 })
  const queuedMs = startQueueMeter()
  const outcome = await attempt({ target: anthropic, stream: true, timeouts: { ...timeouts, ...change } })
  expect(outcome).toMatchObject({ error: { code: 'upstream_timeout', details: { timeout: which } }, reached: true, finished: false })
  expect(outcome.latencyMs).toBeGreaterThanOrEqual(expectedMs * 0.9)
  expect(outcome.latencyMs - queuedMs()).toBeLessThanOrEqual(expectedMs * 1.1 + 30)
})

test('the caller’s signal ends the request upstream, with what was seen', async () => {
  emulator.inject({ gapMs: 50, chunks: 100 })
  const controller = new AbortController()
  const sink = new Sink()
  const going = attempt({ target: anthropic, stream: true, sink, signal: controller.signal })
  await expect.poll(() => sink.begun).toBe(1)
  controller.abort()
  const outcome = await going
  expect(outcome).toMatchObject({ error: { code: 'stream_cut' }, reached: true, finished: false, tail: [] })
  expect(outcome.report.outputBytes).toBeGreaterThan(0)
  await expect.poll(() => emulator.counts().callerGone).toBe(1)
  expect(await attempt({ target: anthropic, signal: AbortSignal.abort() })).toMatchObject({ reached: false, finished: false })
})

test('a slow reader makes the attempt wait, and does not time it out', async () => {
  emulator.inject({ chunks: 30 })
  const sink = new Sink()
  sink.full = true
  const going = attempt({ target: anthropic, stream: true, sink, timeouts: { ...timeouts, idleMs: 2_000 } })
  await expect.poll(() => sink.written.length).toBe(1)
  await new Promise((resolve) => setTimeout(resolve, 2_500))
  expect(sink.written.length).toBe(1)
  sink.full = false
  sink.drain()
  expect(await going).toMatchObject({ error: undefined, finished: true })
})

test('tools are called', async () => {
  const tools: LanguageModelV4CallOptions['tools'] = [
    { type: 'function', name: 'weather', inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } },
  ]
  for (const [, target] of named) {
    const sink = new Sink()
    const call = { tools, toolChoice: { type: 'required' as const } }
    const outcome = await attempt({ target, stream: true, call, sink })
    expect(outcome.error).toBeUndefined()
    expect(outcome.report.finishReason).toBe('tool-calls')
    const calls = sink.written.flatMap((out) => (out.type === 'part' && isToolCall(out.part) ? [out.part.toolName] : []))
    expect(calls).toContain('weather')
  }
})

function isToolCall(part: LanguageModelV4StreamPart): part is Extract<LanguageModelV4StreamPart, { type: 'tool-call' }> {
  return part.type === 'tool-call'
}
