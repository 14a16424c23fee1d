import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import OpenAI from 'openai'
import { expect, test } from 'vitest'
import type { AnswerTap } from '../dialect.ts'
import { parse } from './parse.ts'
import { createUsageTap } from './usage-tap.ts'

const fixture = (name: string) => readFileSync(new URL(`__fixtures__/${name}`, import.meta.url))
const streams = ['openai-stream.sse', 'openai-tools-stream.sse', 'groq-stream.sse', 'google-stream.sse', 'vercel-stream.sse']
const done = Buffer.from('data: [DONE]\n\n')

/** CPU and not the clock: other tests run beside this one. */
const cpuMsSince = (start: NodeJS.CpuUsage) => process.cpuUsage(start).user / 1000

function tapOf(asked: boolean, n = 1): AnswerTap {
  const body = { stream: true, n, stream_options: { include_usage: asked }, messages: [{ role: 'user', content: 'Oi' }] }
  return createUsageTap(parse(Buffer.from(JSON.stringify(body))))
}

function run(bytes: Buffer, asked: boolean, cuts: readonly number[] = [], n = 1) {
  const tap = tapOf(asked, n)
  const out: Buffer[] = []
  let from = 0
  for (const to of [...cuts, bytes.length]) {
    // A copy, so that a tap that counts on what lies around its piece is found out.
    const piece = tap.push(Buffer.from(bytes.subarray(from, to)))
    if (piece !== undefined) out.push(piece)
    from = to
  }
  const { tail, error } = tap.end()
  const live = Buffer.concat(out)
  return { live, tail: Buffer.concat(tail), whole: Buffer.concat([live, ...tail]).toString(), error, report: tap.report, begun: tap.begun }
}

const chunk = (delta: unknown, more: Record<string, unknown> = {}, finish: string | null = null) => ({
  id: 'c1',
  model: 'm-1',
  choices: [{ index: 0, delta, finish_reason: finish }],
  ...more,
})
const sse = (...bodies: unknown[]) =>
  Buffer.from(bodies.map((body) => `data: ${typeof body === 'string' ? body : JSON.stringify(body)}\n\n`).join(''))
const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }

async function readBySdk(bytes: string) {
  const fetch = async () => new Response(bytes, { headers: { 'content-type': 'text/event-stream' } })
  const client = new OpenAI({ apiKey: 'sk-test-none', fetch, maxRetries: 0 })
  const chunks: OpenAI.ChatCompletionChunk[] = []
  const stream = await client.chat.completions.create({ model: 'm', messages: [], stream: true })
  for await (const one of stream) chunks.push(one)
  return chunks
}

test.each(streams)('%s goes on byte for byte to a caller that asked for usage', (name) => {
  const bytes = fixture(name)
  const { whole, error } = run(bytes, true)
  expect(error).toBeUndefined()
  // Google's endpoint ends without it, and SDKs wait for it.
  expect(whole).toBe(name.startsWith('google') ? bytes.toString() + done.toString() : bytes.toString())
})

test.each(streams)('%s loses nothing but the usage for a caller that did not ask', (name) => {
  const bytes = fixture(name)
  const expected = bytes
    .toString()
    .split('\n\n')
    .flatMap((frame) => {
      if (!frame.startsWith('data: {')) return []
      const { usage: _usage, ...rest } = JSON.parse(frame.slice(6))
      return rest.choices.length === 0 ? [] : [rest]
    })
  const { whole, error } = run(bytes, false)
  const frames = whole.split('\n\n').slice(0, -1)
  expect(error).toBeUndefined()
  expect(frames.pop()).toBe('data: [DONE]')
  expect(frames.map((frame) => JSON.parse(frame.slice(6)))).toEqual(expected)
})

test.each(streams)('%s can be cut anywhere: one cut at every byte, and any cuts at all', (name) => {
  const original = fixture(name)
  for (const asked of [true, false]) {
    for (const bytes of [original, Buffer.from(original.toString().replaceAll('\n', '\r\n'))]) {
      const { live: _live, ...whole } = run(bytes, asked)
      for (let at = 0; at <= bytes.length; at++)
        expect(run(bytes, asked, [at])).toMatchObject({ whole: whole.whole, report: whole.report, error: undefined })
      const everyByte = Array.from({ length: bytes.length }, (_, at) => at)
      expect(run(bytes, asked, everyByte)).toMatchObject({ ...whole, tail: expect.anything() })
    }
    fc.assert(
      fc.property(fc.array(fc.nat(original.length)), (cuts) => {
        const { whole, report } = run(original, asked)
        expect(
          run(
            original,
            asked,
            cuts.toSorted((a, b) => a - b),
          ),
        ).toMatchObject({ whole, report })
      }),
      { numRuns: 50 },
    )
  }
})

test('the report: usage, finish reason, model, what was written', () => {
  const text = 'Olá, coração "entre aspas" \\o/ 🐟\nç.'
  const openai = run(fixture('openai-stream.sse'), false).report
  expect(openai).toMatchObject({
    usage: { inputTokens: 21, cachedTokens: 4, outputTokens: 9, reasoningTokens: 2, totalTokens: 30 },
    finishReason: 'stop',
    model: 'gpt-4o-mini-2024-07-18',
    outputPieces: 7,
  })
  expect(openai.outputBytes).toBeGreaterThanOrEqual(Buffer.byteLength(text))
  expect(openai.outputBytes).toBeLessThan(Buffer.byteLength(text) + 10)
  const tools = run(fixture('openai-tools-stream.sse'), false).report
  expect(tools).toMatchObject({
    finishReason: 'tool_calls',
    outputBytes: Buffer.byteLength('clima{"cidade":"São Paulo"}'),
    outputPieces: 7,
  })
  expect(run(fixture('groq-stream.sse'), false).report).toMatchObject({
    usage: { inputTokens: 38, outputTokens: 7 },
    model: 'llama-3.3-70b-versatile',
  })
  expect(run(fixture('google-stream.sse'), false).report).toMatchObject({
    usage: { inputTokens: 9, outputTokens: 33, reasoningTokens: 25 },
  })
  expect(run(fixture('vercel-stream.sse'), false).report).toMatchObject({
    usage: { inputTokens: 9, outputTokens: 27, reasoningTokens: 25, totalTokens: 36 },
    gatewayMetadata: { cost: '0', routing: { attempts: [{ credentialType: 'byok' }] } },
  })
})

test('what ends the answer is held back: the usage and all after it, else [DONE]', () => {
  const openai = run(fixture('openai-stream.sse'), true)
  expect(openai.live.toString()).toMatch(/"finish_reason":"stop"[^\n]*\n\n$/)
  expect(openai.tail.toString()).toMatch(/^data: {[^\n]*"choices":\[\],"usage":{"prompt_tokens":21/)
  expect(run(fixture('openai-stream.sse'), false).tail).toEqual(done)
  expect(run(fixture('groq-stream.sse'), false).tail.toString()).toContain('"x_groq"')
  // Where every chunk has usage, the answer still streams and only its last chunk waits.
  expect(run(fixture('google-stream.sse'), true).live.toString().split('\n\n')).toHaveLength(8)
  expect(run(fixture('vercel-stream.sse'), true).tail.toString()).toContain('"finish_reason":"stop"')
  // Usage with an answer that is not at its end yet, as of two choices one.
  const early = run(sse(chunk({ content: 'a' }, { usage }, 'stop'), chunk({ content: 'b' }, {}, 'stop'), '[DONE]'), true, [], 2)
  expect(early.tail).toEqual(done)
})

test('nothing goes out before the first content, and then everything does', () => {
  const tap = tapOf(true)
  const role = Buffer.from(`: oi\n\n${sse(chunk({ role: 'assistant', content: '' }))}`)
  expect(tap.push(role)).toBeUndefined()
  expect(tap.begun).toBe(false)
  const text = sse(chunk({ content: 'a' }))
  expect(tap.push(text)).toEqual(Buffer.concat([role, text]))
  expect(tap.begun).toBe(true)
})

test.each([
  ['text', chunk({ content: 'a' })],
  ['reasoning', chunk({ reasoning: 'a' })],
  ['reasoning by its other name', chunk({ reasoning_content: 'a' })],
  ['a refusal', chunk({ refusal: 'não' })],
  ['a tool call', chunk({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '' } }] })],
  ['a picture', chunk({ images: [{ image_url: { url: 'data:image/png;base64,AA==' } }] })],
  ['an end', chunk({}, {}, 'stop')],
])('%s begins an answer', (_name, body) => {
  const tap = tapOf(true)
  expect(tap.push(sse(body))).toEqual(sse(body))
  expect(tap.begun).toBe(true)
})

test.each([
  [{ type: 'rate_limit_error', message: 'slow down' }, 'upstream_rate_limited'],
  [{ type: 'insufficient_quota', message: 'empty' }, 'upstream_rate_limited'],
  [{ code: 429, status: 'RESOURCE_EXHAUSTED', message: 'x' }, 'upstream_rate_limited'],
  [{ type: 'server_error', message: 'x' }, 'upstream_overloaded'],
  [{ type: 'overloaded_error', message: 'x' }, 'upstream_overloaded'],
  [{ code: 503, message: 'x' }, 'upstream_overloaded'],
  [{ type: 'invalid_request_error', message: 'x' }, 'upstream_invalid_request'],
  ['just words', 'malformed_response'],
])('an error event before any content lets the next target be tried: %j', (error, code) => {
  const result = run(Buffer.concat([sse(chunk({ role: 'assistant' })), sse({ error }), done]), true)
  expect(result).toMatchObject({ error: { code, fallback: true }, begun: false })
  expect(result.whole).toBe('')
})

test('an error event after content is an error, is not forwarded, and no [DONE] follows', () => {
  const groq = Buffer.from('event: error\ndata: {"error":{"message":"key sk-test-abcdefgh1234 failed","type":"x"}}\n\n')
  const result = run(Buffer.concat([sse(chunk({ content: 'a' })), groq, done]), true)
  expect(result.error).toMatchObject({ code: 'stream_cut' })
  expect(result.error?.message).not.toContain('sk-test')
  expect(result.whole).toBe(sse(chunk({ content: 'a' })).toString())
})

test.each([
  ['nothing at all', Buffer.alloc(0), 'stream_cut'],
  ['no end', sse(chunk({ content: 'a' })), 'stream_cut'],
  ['a cut inside a frame', sse(chunk({ content: 'a' }), chunk({ content: 'bcd' })).subarray(0, -20), 'stream_cut'],
  ['only a role', sse(chunk({ role: 'assistant' })), 'stream_cut'],
  ['[DONE] and no content', sse(chunk({ role: 'assistant' }), '[DONE]'), 'malformed_response'],
  ['no stream', Buffer.from('{"choices":[]}'), 'malformed_response'],
  ['an event that is not JSON', sse('{"choices":'), 'malformed_response'],
  ['an event that is not JSON, later', sse(chunk({ content: 'a' }), 'x'), 'stream_cut'],
])('%s is an error', (_name, bytes, code) => {
  expect(run(bytes, true)).toMatchObject({ error: { code }, tail: Buffer.alloc(0) })
})

test('asking twice for the end gives the same', () => {
  const tap = tapOf(true)
  tap.push(sse(chunk({ content: 'a' }, {}, 'stop')))
  expect(tap.end()).toEqual(tap.end())
})

test('of two choices one end is not the end', () => {
  const one = sse(chunk({ content: 'a' }, {}, 'stop'))
  expect(run(one, true, [], 2).error?.code).toBe('stream_cut')
  expect(run(Buffer.concat([one, one]), true, [], 2).error).toBeUndefined()
})

test('an end without its last empty line counts', () => {
  const bytes = sse(chunk({ content: 'a' }), chunk({}, { usage }, 'stop'))
  for (const end of ['data: [DONE]', 'data: [DONE]\n', '']) {
    const result = run(Buffer.concat([bytes, Buffer.from(end)]), true)
    expect(result.error).toBeUndefined()
    expect(result.whole.trimEnd().endsWith('data: [DONE]')).toBe(true)
    expect(result.report.usage?.totalTokens).toBe(5)
  }
  const cut = run(bytes.subarray(0, -2), false)
  expect(cut).toMatchObject({ error: undefined, report: { finishReason: 'stop' } })
  expect(cut.tail.toString()).not.toContain('usage')
})

test('what is spelled otherwise is understood: spaces, no space after data:, lines of data, CRLF', () => {
  const spaced = JSON.stringify(chunk({ content: 'çã' }, { usage: null }), null, 1).replaceAll('\n', ' ')
  const lines = JSON.stringify(chunk({ content: 'b' }, { usage: null }, 'stop'), null, 1)
  const text = `data:${spaced}\r\n\r\n${lines.replaceAll(/^/gm, 'data: ')}\r\n\r\ndata:[DONE]\r\n\r\n`
  expect(run(Buffer.from(text), true).whole).toBe(text)
  const stripped = run(Buffer.from(text), false)
  expect(stripped.whole).not.toContain('usage')
  expect(stripped.whole).toContain('çã')
  expect(stripped.report).toMatchObject({ outputBytes: 5, finishReason: 'stop' })
})

test('text that looks like the wire is text', () => {
  const nasty = [
    '"usage":null',
    ',"usage":{"prompt_tokens":1}',
    '"finish_reason":"stop"',
    'data: [DONE]\n\n',
    '\\"}',
    '"delta":{"content":"x"}',
    '\\',
  ]
  const bytes = sse(...nasty.map((content) => chunk({ content }, { usage: null })), chunk({}, { usage: null }, 'stop'), '[DONE]')
  expect(run(bytes, true).whole).toBe(bytes.toString())
  const stripped = run(bytes, false)
  const texts = stripped.whole
    .split('\n\n')
    .filter((frame) => frame.startsWith('data: {'))
    .map((frame) => JSON.parse(frame.slice(6)))
  expect(texts.slice(0, -1).map((body) => body.choices[0].delta.content)).toEqual(nasty)
  expect(texts.every((body) => !('usage' in body))).toBe(true)
  expect(stripped.report.usage).toBeUndefined()
})

test('what stands beside a piece of text is seen, also after many plain frames', () => {
  const two = {
    ...chunk({ content: 'a' }),
    choices: [chunk({ content: 'aa' }), chunk({ content: 'bb' }, {}, 'stop')].flatMap((one) => one.choices),
  }
  const call = chunk({ content: 'a', tool_calls: [{ index: 0, id: 'c', function: { name: 'nome', arguments: '{}' } }] })
  const plain = Array.from({ length: 5 }, () => chunk({ content: 'x' }))
  const { report, error } = run(
    sse(chunk({ role: 'assistant' }), ...plain, two, ...plain, call, ...plain, chunk({ content: 'z' }, { usage }, 'length')),
    true,
    [],
    2,
  )
  expect(error).toBeUndefined()
  expect(report).toMatchObject({ outputBytes: 15 + 4 + 7 + 1, finishReason: 'length', usage: { totalTokens: 5 } })
})

test('any text, cut anywhere, arrives whole and counts at least its bytes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1 }),
      fc.array(fc.nat(5000)),
      fc.boolean(),
      (texts, cuts, asked) => {
        const bytes = sse(...texts.map((content) => chunk({ content }, { usage: null })), chunk({}, { usage: null }, 'stop'), '[DONE]')
        const { whole, report } = run(
          bytes,
          asked,
          cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b),
        )
        const read = whole
          .split('\n\n')
          .slice(0, texts.length)
          .map((frame) => JSON.parse(frame.slice(6)).choices[0].delta.content)
        expect(read).toEqual(texts)
        expect(report.outputBytes).toBeGreaterThanOrEqual(Buffer.byteLength(texts.join('')))
        expect(report.outputPieces).toBe(texts.length)
      },
    ),
    { numRuns: 200 },
  )
})

test('a line without an end is refused before it fills the memory', () => {
  const tap = tapOf(true)
  const piece = Buffer.alloc(64 * 1024, 'a')
  const started = process.cpuUsage()
  let pushed = 0
  for (; pushed < 1000 && tap.broken !== true; pushed++) expect(tap.push(piece)).toBeUndefined()
  expect(pushed).toBeLessThanOrEqual(257)
  expect(cpuMsSince(started)).toBeLessThan(1000)
  expect(tap.end()).toMatchObject({ tail: [], error: { code: 'malformed_response' } })
})

test.each([
  ['lines without an end', 'data: a\n'],
  ['comments without content', ': espera\n\n'],
])('%s are refused', (_name, line) => {
  const tap = tapOf(true)
  const piece = Buffer.from(line.repeat(4096))
  let pushed = 0
  for (; pushed < 1000 && tap.broken !== true; pushed++) tap.push(piece)
  expect(pushed).toBeLessThan(200)
  expect(tap.end().error?.code).toBe('malformed_response')
})

test('a large frame in small pieces is cheap', () => {
  const big = chunk({ images: [{ image_url: { url: `data:image/png;base64,${'A'.repeat(8_000_000)}` } }] }, {}, 'stop')
  const bytes = sse(big, '[DONE]')
  const cuts = Array.from({ length: Math.floor(bytes.length / 4096) }, (_, i) => (i + 1) * 4096)
  const started = process.cpuUsage()
  const result = run(bytes, true, cuts)
  expect(cpuMsSince(started)).toBeLessThan(1000)
  expect(result.whole.length).toBe(bytes.length)
})

test('the official SDK reads what the tap lets through', async () => {
  const stripped = await readBySdk(run(fixture('openai-stream.sse'), false).whole)
  expect(stripped.map((one) => one.choices[0]?.delta.content ?? '').join('')).toBe('Olá, coração "entre aspas" \\o/ 🐟\nç.')
  expect(stripped.some((one) => 'usage' in one)).toBe(false)
  const asked = await readBySdk(run(fixture('openai-stream.sse'), true).whole)
  expect(asked.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 30 } })
})

test('an empty finish_reason, which some servers send with every chunk, ends no answer', async () => {
  const begins = sse(chunk({ role: 'assistant', content: '' }, {}, ''), chunk({ content: 'Olá' }, { usage }, ''))
  expect(run(begins, true)).toMatchObject({ begun: true, error: { code: 'stream_cut' }, report: { finishReason: undefined } })
  expect(run(sse(chunk({ role: 'assistant', content: '' }, {}, '')), true).begun).toBe(false)
  const ended = run(Buffer.concat([begins, sse(chunk({}, {}, 'stop'))]), true)
  expect(ended).toMatchObject({ error: undefined, report: { finishReason: 'stop', usage: { totalTokens: 5 } } })
  expect(ended.live.toString()).toContain('Olá')
})
