import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openaiChat } from '../dialects/index.ts'
import { type Emulator, startEmulator } from '../emulator/index.ts'
import { type AttemptOptions, type AttemptSink, type Credentials, createUpstream, type Target, type Upstream } from './index.ts'

const credentials: Credentials = {
  gatewayKey: 'vck_test_gateway_0001',
  providerKeys: { openai: 'sk-test-openai-0001', groq: 'gsk_test_groq_0001', google: 'AIza-test-google-0001' },
  user: 'acme',
}
const keys = [credentials.gatewayKey ?? '', ...Object.values(credentials.providerKeys)]
const timeouts = { connectMs: 20_000, firstByteMs: 20_000, idleMs: 20_000, totalMs: 60_000 }

const targets: Target[] = [
  { identifier: 'openai/gpt-4o-mini', creator: 'openai', modelName: 'gpt-4o-mini', via: 'direct' },
  { identifier: 'openai/o4-mini', creator: 'openai', modelName: 'o4-mini', via: 'direct' },
  { identifier: 'groq/llama-3.3-70b-versatile', creator: 'groq', modelName: 'llama-3.3-70b-versatile', via: 'direct' },
  { identifier: 'google/gemini-2.5-flash', creator: 'google', modelName: 'gemini-2.5-flash', via: 'direct' },
  { identifier: 'openai/gpt-4o-mini', creator: 'openai', modelName: 'gpt-4o-mini', via: 'vercel' },
  { identifier: 'groq/llama-3.3-70b-versatile', creator: 'groq', modelName: 'llama-3.3-70b-versatile', via: 'vercel' },
]
const named = targets.map((target) => [`${target.identifier} via ${target.via}`, target] as const)

let emulator: Emulator
let upstream: Upstream
beforeAll(async () => {
  emulator = await startEmulator({ keys })
  upstream = createUpstream({ baseUrls: (provider) => emulator.baseUrls[provider] })
})
afterEach(() => emulator.reset())
afterAll(async () => {
  await upstream.close()
  await emulator.close()
})

async function attempt(target: Target, stream: boolean, options: Partial<AttemptOptions> = {}) {
  const body = { model: target.identifier, stream, messages: [{ role: 'user', content: 'Diga olá, por favor. 🎉' }] }
  const written: Buffer[] = []
  const sink: AttemptSink<Buffer> = { begin: () => {}, write: (out) => written.push(out) > 0, drained: async () => {} }
  const outcome = await upstream.attemptPassthrough(
    openaiChat,
    openaiChat.parse(Buffer.from(JSON.stringify(body))),
    { target, credentials, maxOutputTokens: 300, timeouts, signal: new AbortController().signal, ...options },
    sink,
  )
  return { outcome, written: Buffer.concat(written).toString(), tail: Buffer.concat(outcome.tail).toString() }
}

test.each(named)('%s: the provider’s own bytes, and what they say of usage', async (_name, target) => {
  for (const stream of [false, true]) {
    emulator.reset()
    const { outcome, written, tail } = await attempt(target, stream)
    expect(outcome.error).toBeUndefined()
    const [served] = emulator.served()
    expect(outcome).toMatchObject({ httpStatus: 200, reached: true, finished: true, requestId: served?.requestId })
    expect(outcome.report).toMatchObject({
      finishReason: 'stop',
      usage: { inputTokens: served?.inputTokens, outputTokens: served?.outputTokensServed, reasoningTokens: served?.reasoningTokens },
    })
    expect(served?.byok).toBe(target.via === 'vercel' ? true : null)
    if (stream) expect(written).toContain('data: {')
    if (stream) expect(tail).toMatch(/data: \[DONE\]\s*$/)
    else expect(JSON.parse(tail)).toMatchObject({ object: 'chat.completion' })
  }
})

test.each(named)('%s: faults are outcomes, never a throw, and nothing is sent twice', async (_name, target) => {
  const faults = [
    [{ status: 429, retryAfterSeconds: 2 }, 'upstream_rate_limited'],
    [{ status: 500 }, 'upstream_overloaded'],
    [{ badKey: true }, 'upstream_auth'],
    [{ reset: true }, 'stream_cut'],
    [{ hang: true }, 'upstream_timeout'],
    [{ garbage: true }, /^malformed_response|stream_cut$/],
    [{ cutAfterChunks: 2, cutMidFrame: true, chunks: 6 }, 'stream_cut'],
    [{ endAfterChunks: 2, chunks: 6 }, /^malformed_response|stream_cut$/],
    [{ hangAfterChunks: 2, chunks: 6 }, 'upstream_timeout'],
  ] as const
  for (const [fault, code] of faults) {
    emulator.reset()
    emulator.inject(fault)
    const short = code === 'upstream_timeout' && { firstByteMs: 150, idleMs: 150 }
    const { outcome, tail } = await attempt(target, true, { timeouts: { ...timeouts, ...short } })
    expect(outcome, JSON.stringify(fault)).toMatchObject({ reached: true, finished: false })
    expect(outcome.error?.code, JSON.stringify(fault)).toMatch(code)
    expect(tail).toBe('')
    expect(emulator.counts().received).toBe(1)
  }
})

test('where to go is asked for at every attempt', async () => {
  const second = await startEmulator({ keys })
  let first = true
  const by = createUpstream({ baseUrls: (provider) => (first ? emulator : second).baseUrls[provider] })
  for (const key of ['openai', 'groq'] as const) expect(await by.probe(key, keys[1] ?? '')).toMatchObject({ ok: true })
  first = false
  const call = { target: targets[0] as Target, credentials, maxOutputTokens: 20, timeouts, signal: new AbortController().signal }
  const sink = { begin: () => {}, write: () => true, drained: async () => {} }
  const request = openaiChat.parse(Buffer.from('{"model":"openai/gpt-4o-mini","messages":[{"role":"user","content":"Hi"}]}'))
  expect((await by.attemptPassthrough(openaiChat, request, call, sink)).finished).toBe(true)
  expect([emulator.counts().finished, second.counts().finished]).toEqual([0, 1])
  await by.close()
  await second.close()
})

test('closing ends what is under way with an error', async () => {
  emulator.inject({ hang: true })
  const by = createUpstream({ baseUrls: emulator.baseUrls })
  const call = { target: targets[0] as Target, credentials, maxOutputTokens: 20, timeouts, signal: new AbortController().signal }
  const sink = { begin: () => {}, write: () => true, drained: async () => {} }
  const request = openaiChat.parse(Buffer.from('{"model":"openai/gpt-4o-mini","messages":[{"role":"user","content":"Hi"}]}'))
  const going = by.attemptPassthrough(openaiChat, request, call, sink)
  await expect.poll(() => emulator.counts().received).toBe(1)
  await by.close()
  expect(await going).toMatchObject({ reached: true, finished: false })
})
