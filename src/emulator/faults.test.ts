import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startStopwatch } from '../../tests/_support/stopwatch.ts'
import { type Emulator, type ServedCall, startEmulator, UnknownFaultError } from './index.ts'

const goodKey = 'sk-test-emulator-faults'
let emulator: Emulator
beforeAll(async () => {
  emulator = await startEmulator({ keys: [goodKey] })
})
afterAll(() => emulator.close())
beforeEach(() => emulator.reset())

function ask(prompt: string, options: { stream?: boolean; signal?: AbortSignal; model?: string } = {}): Promise<Response> {
  const { stream = false, signal = null, model = 'gpt-4o-mini' } = options
  return fetch(`${emulator.baseUrls.openai}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${goodKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model,
      messages: [{ role: 'user', content: prompt }],
      stream,
      ...(stream ? { stream_options: { include_usage: true } } : {}),
    }),
    signal,
  })
}

/** What arrived before the stream ended or broke. */
async function readAll(response: Response): Promise<{ text: string; broke: boolean; pieces: number }> {
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of response.body ?? []) chunks.push(chunk)
    return { text: Buffer.concat(chunks).toString(), broke: false, pieces: chunks.length }
  } catch {
    return { text: Buffer.concat(chunks).toString(), broke: true, pieces: chunks.length }
  }
}

function contents(text: string): string[] {
  return [...text.matchAll(/"delta":\{"content":("(?:[^"\\]|\\.)*")\}/g)].map(([, content]) => JSON.parse(content ?? '""'))
}

/** The record of the call, once it is as expected: a caller's leaving reaches the emulator a moment later. */
async function settled(outcome: ServedCall['outcome']): Promise<ServedCall> {
  for (let tries = 0; tries < 1_500; tries++) {
    const call = emulator.served().at(-1)
    if (call?.outcome === outcome) return call
    await sleep(10)
  }
  throw new Error(`the call never became ${outcome}: ${JSON.stringify(emulator.served().at(-1))}`)
}

test('status, retry-after and the own error body', async () => {
  const response = await ask('[[emulate status=429 retry-after=1.5 code=insufficient_quota]]')
  expect(response.status).toBe(429)
  expect(response.headers.get('retry-after')).toBe('2')
  expect(response.headers.get('retry-after-ms')).toBe('1500')
  expect(await response.json()).toMatchObject({ error: { code: 'insufficient_quota' } })
  expect(await settled('failed')).toMatchObject({ status: 429, inputTokens: 0, outputTokensServed: 0 })
})

test('a cut destroys the socket after so many chunks, and the count says how many', async () => {
  const { text, broke } = await readAll(await ask('reply with 20 words [[emulate cut=4]]', { stream: true }))
  expect(broke).toBe(true)
  expect(contents(text)).toHaveLength(4)
  expect(await settled('cut')).toMatchObject({ outputTokensServed: 4, outputTokensPlanned: 20, reported: null })
})

test('a cut may come in the middle of a frame, before the usage, before any header, and half-way through a body', async () => {
  const middle = await readAll(await ask('reply with 9 words [[emulate cut=2 cut-mid-frame]]', { stream: true }))
  expect(middle.broke).toBe(true)
  expect(middle.text.endsWith('\n\n')).toBe(false)
  const beforeUsage = await readAll(await ask('reply with 9 words [[emulate cut=9]]', { stream: true }))
  expect(contents(beforeUsage.text)).toHaveLength(9)
  expect(beforeUsage.text).not.toContain('completion_tokens')
  await expect(ask('[[emulate reset]]')).rejects.toThrow()
  const whole = await readAll(await ask('reply with 9 words [[emulate cut=0]]'))
  expect(whole.broke).toBe(true)
  expect(whole.text.startsWith('{"id"')).toBe(true)
})

test('a stream may end cleanly without its end, or with an error event, or in garbage', async () => {
  const ended = await readAll(await ask('reply with 9 words [[emulate end=3]]', { stream: true }))
  expect(ended).toMatchObject({ broke: false })
  expect(ended.text).not.toContain('[DONE]')
  const failed = await readAll(await ask('reply with 9 words [[emulate error=3]]', { stream: true }))
  expect(failed.text).toMatch(/data: \{"error":\{"message":"The server had an error.*\}\}\n\n$/)
  expect(failed.text).not.toContain('[DONE]')
  const garbage = await readAll(await ask('[[emulate garbage]]', { stream: true }))
  expect(() => JSON.parse(garbage.text.split('data: ').at(-1) ?? '')).toThrow()
  const body = await ask('[[emulate garbage]]')
  expect(body.status).toBe(200)
  await expect(body.json()).rejects.toThrow()
})

test('a hang never answers, and is over when the caller leaves', async () => {
  const silent = new AbortController()
  const waiting = ask('[[emulate hang]]', { signal: silent.signal })
  await settled('open')
  silent.abort()
  await expect(waiting).rejects.toThrow()
  expect(await settled('caller-gone')).toMatchObject({ status: 0, inputTokens: 0, outputTokensServed: 0 })

  const stalled = new AbortController()
  const response = await ask('reply with 9 words [[emulate hang-after=2]]', { stream: true, signal: stalled.signal })
  const reading = readAll(response)
  await expect.poll(() => emulator.served().at(-1)?.outputTokensServed).toBe(2)
  expect(emulator.counts()).toMatchObject({ open: 1 })
  stalled.abort()
  expect((await reading).broke).toBe(true)
  expect(await settled('caller-gone')).toMatchObject({ outputTokensServed: 2 })
})

test('delays: before the headers, before the first word, between words, and byte by byte', async () => {
  const started = performance.now()
  await ask('[[emulate delay=60]]')
  expect(performance.now() - started).toBeGreaterThanOrEqual(55)

  const streaming = performance.now()
  const elapsedMs = startStopwatch()
  const response = await ask('reply with 4 words [[emulate first-token=400 gap=30]]', { stream: true })
  expect(elapsedMs()).toBeLessThan(400)
  await readAll(response)
  expect(performance.now() - streaming).toBeGreaterThanOrEqual(400 + 3 * 30 - 10)

  const trickling = await readAll(await ask('[[emulate trickle=1 chunks=1]]'))
  expect(trickling.pieces).toBeGreaterThan(100)
  expect(JSON.parse(trickling.text)).toMatchObject({ object: 'chat.completion' })
})

test('a body split anywhere is the same body', async () => {
  const prompt = 'reply with 12 words'
  const plain = await readAll(await ask(prompt, { stream: true }))
  const split = await readAll(await ask(`${prompt} [[emulate split=3]]`, { stream: true }))
  expect(split.pieces).toBeGreaterThan(plain.pieces)
  expect(contents(split.text)).toEqual(contents(plain.text))
  expect(contents(split.text).join('')).toContain('coração 🎟️')
})

test('usage may be wrong in every way, and the record keeps the truth', async () => {
  const usageOf = async (fault: string) =>
    (await (await ask(`reply with 10 words [[emulate usage=${fault}]]`)).json()) as { usage?: Record<string, number> }
  expect(await usageOf('none')).not.toHaveProperty('usage')
  expect((await usageOf('negative')).usage).toMatchObject({ completion_tokens: -10 })
  expect((await usageOf('absurd')).usage?.total_tokens).toBe(2_000_000_000_000)
  expect((await usageOf('x1.25')).usage).toMatchObject({ completion_tokens: 13 })
  expect((await usageOf('120/30')).usage).toMatchObject({ prompt_tokens: 120, completion_tokens: 30, total_tokens: 150 })
  expect(emulator.served().at(-1)).toMatchObject({ outputTokensServed: 10, reported: { inputTokens: 120, outputTokens: 30 } })
})

test('chunks, tokens a chunk, cached and thinking tokens on demand', async () => {
  const { text } = await readAll(await ask('[[emulate chunks=50 tokens-per-chunk=2 cached=6 reasoning=5]]', { stream: true }))
  expect(contents(text)).toHaveLength(50)
  expect(text).toContain('"completion_tokens":105')
  expect(text).toContain('"cached_tokens":6')
})

test('injected faults match by provider, model, key and count, and can be taken back', async () => {
  emulator.inject({ match: { provider: 'groq' }, status: 500 })
  emulator.inject({ match: { model: 'gpt-4o', times: 2 }, status: 503 })
  emulator.inject({ match: { model: 'gpt-4o-mini', nth: 2 }, status: 502 })
  const statuses = async (model: string) => {
    const responses = []
    for (let call = 0; call < 3; call++) responses.push((await ask('oi', { model })).status)
    return responses
  }
  expect(await statuses('gpt-4o')).toEqual([503, 503, 200])
  expect(await statuses('gpt-4o-mini')).toEqual([200, 502, 200])
  const takeBack = emulator.inject({ match: { key: 'faults' }, status: 418 })
  expect((await ask('oi')).status).toBe(418)
  takeBack()
  expect((await ask('oi')).status).toBe(200)
})

test('a marker is for one provider when it says so, and counts by call', async () => {
  expect((await ask('[[emulate provider=groq status=500]] oi')).status).toBe(200)
  const counted = (call: string) => ask(`[[call ${call}]] [[emulate status=500 times=1]] oi`)
  expect([(await counted('a')).status, (await counted('b')).status, (await counted('a')).status]).toEqual([500, 500, 200])
})

test('a fault that cannot be meant is refused, not ignored', async () => {
  const marker = await ask('[[emulate statsu=500]]')
  expect(marker.status).toBe(400)
  expect(await marker.text()).toContain('statsu')
  expect(() => emulator.inject({ cutAfterChunks: Number.NaN })).toThrow(UnknownFaultError)
  expect(() => emulator.inject({})).toThrow(UnknownFaultError)
  expect(() => emulator.inject({ status: 200 })).toThrow(UnknownFaultError)
})

test('a caller that leaves a stream is counted with what it was given', async () => {
  const leaving = new AbortController()
  const response = await ask('reply with 500 words [[emulate gap=5]] [[call left]]', { stream: true, signal: leaving.signal })
  const reading = readAll(response)
  await expect.poll(() => emulator.served().at(-1)?.outputTokensServed ?? 0).toBeGreaterThan(5)
  leaving.abort()
  await reading
  const call = await settled('caller-gone')
  expect(call.call).toBe('left')
  expect(call.outputTokensServed).toBeLessThan(500)
  expect(emulator.counts()).toMatchObject({ callerGone: 1, open: 0, outputTokensServed: call.outputTokensServed })
})

test('a reader that does not read is not counted as served', async () => {
  const leaving = new AbortController()
  await ask('[[emulate chunks=100000]]', { stream: true, signal: leaving.signal })
  const served = () => emulator.served().at(-1)?.outputTokensServed ?? 0
  // The count stands still once the buffers in between are full.
  let before = -1
  while (served() === 0 || served() !== before) {
    before = served()
    await sleep(100)
  }
  leaving.abort()
  expect(before).toBeLessThan(100_000)
  await settled('caller-gone')
})

test('two hundred streams at once are all counted', async () => {
  const streams = Array.from({ length: 200 }, (_, index) =>
    ask(`reply with 30 words [[call many-${index}]]`, { stream: true }).then(readAll),
  )
  expect((await Promise.all(streams)).every(({ text, broke }) => !broke && contents(text).length === 30)).toBe(true)
  expect(emulator.counts()).toMatchObject({ accepted: 200, finished: 200, open: 0, outputTokensServed: 6000 })
  expect(new Set(emulator.served().map((call) => call.requestId)).size).toBe(200)
})
