import Anthropic from '@anthropic-ai/sdk'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AnswerTap } from '../dialect.ts'
import { anthropicCountTokens, anthropicMessages } from './index.ts'

const tapOf = (stream: boolean): AnswerTap =>
  anthropicMessages.createTap(
    anthropicMessages.parse(Buffer.from(JSON.stringify({ stream, max_tokens: 9, messages: [{ role: 'user', content: 'Oi' }] }))),
  )

function run(bytes: Buffer, cuts: readonly number[] = []) {
  const tap = tapOf(true)
  const out: Buffer[] = []
  let from = 0
  for (const to of [...cuts, bytes.length]) {
    // A copy, so that a tap that counts on what lies around its piece is found out.
    const piece = tap.push(Buffer.from(bytes.subarray(from, to)))
    if (piece !== undefined) out.push(piece)
    from = to
  }
  const { tail, error } = tap.end()
  const live = Buffer.concat(out).toString()
  return { live, whole: live + Buffer.concat(tail).toString(), error, report: tap.report, begun: tap.begun }
}

const event = (type: string, fields: object = {}) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
const start = event('message_start', {
  message: {
    model: 'claude-x',
    content: [],
    usage: { input_tokens: 9, cache_read_input_tokens: 4, cache_creation: { ephemeral_1h_input_tokens: 3 }, output_tokens: 1 },
  },
})
const open = (index: number, content_block: object) => event('content_block_start', { index, content_block })
const delta = (index: number, fields: object) => event('content_block_delta', { index, delta: fields })
const text = (words: string) => delta(0, { type: 'text_delta', text: words })
const stop = event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 25, input_tokens: null } })
const end = event('message_stop')
const whole = Buffer.from(
  start +
    open(0, { type: 'text', text: '' }) +
    event('ping') +
    text('Olá, "coração" 🎟️\n') +
    ': a comment\n\n' +
    text('ção').replace('}}\n', '}      }\n') +
    event('content_block_stop', { index: 0 }) +
    open(1, { type: 'tool_use', id: 'toolu_1', name: 'clima', input: {} }) +
    delta(1, { type: 'input_json_delta', partial_json: '{"cidade":"São' }) +
    delta(1, { type: 'input_json_delta', partial_json: ' Luís"}' }) +
    event('content_block_stop', { index: 1 }) +
    stop +
    end,
)

describe('a stream', () => {
  test('goes on byte for byte, wherever it is cut, with the same report', () => {
    for (const bytes of [whole, Buffer.from(whole.toString().replaceAll('\n', '\r\n'))]) {
      const { live: _live, ...expected } = run(bytes)
      expect(expected).toMatchObject({ whole: bytes.toString(), error: undefined, begun: true })
      for (let at = 0; at <= bytes.length; at++) expect(run(bytes, [at])).toMatchObject(expected)
      const everyByte = Array.from({ length: bytes.length }, (_, at) => at)
      expect(run(bytes, everyByte)).toMatchObject(expected)
      fc.assert(
        fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
          expect(
            run(
              bytes,
              cuts.toSorted((a, b) => a - b),
            ),
          ).toMatchObject(expected)
        }),
        { numRuns: 50 },
      )
    }
  })

  test('any text arrives whole and counts at least its bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1 }), (pieces) => {
        const bytes = Buffer.from(start + pieces.map(text).join('') + stop + end)
        const { whole, report, error } = run(bytes)
        expect({ whole, error }).toEqual({ whole: bytes.toString(), error: undefined })
        expect(report.outputBytes).toBeGreaterThanOrEqual(Buffer.byteLength(pieces.join('')))
        expect(report.outputPieces).toBe(pieces.length)
      }),
      { numRuns: 100 },
    )
  })

  test('tells usage of start and end together, why it stopped, the model and what was written', () => {
    expect(run(whole).report).toMatchObject({
      model: 'claude-x',
      finishReason: 'end_turn',
      usage: {
        inputTokens: 16,
        cachedTokens: 4,
        cacheWriteTokens: 3,
        cacheWriteOneHourTokens: 3,
        outputTokens: 25,
        reasoningTokens: 0,
        totalTokens: 41,
      },
      outputPieces: 5,
    })
  })

  test('waits for content before it begins and holds its end back', () => {
    expect(run(Buffer.from(start + open(0, { type: 'text', text: '' }) + event('ping')))).toMatchObject({ live: '', begun: false })
    for (const first of [
      open(0, { type: 'tool_use', id: 'a', name: 'b', input: {} }),
      open(0, { type: 'redacted_thinking', data: 'abc' }),
      delta(0, { type: 'thinking_delta', thinking: 'hm' }),
      delta(0, { type: 'signature_delta', signature: 'c2ln' }),
      text('a'),
    ]) {
      expect(run(Buffer.from(start + first))).toMatchObject({ live: start + first, begun: true, error: { code: 'stream_cut' } })
    }
    expect(run(whole).live).toBe(whole.toString().slice(0, -(stop + end).length))
  })

  test('gets the end that its provider left out, but only when it had said why it stopped', () => {
    const cut = start + text('a')
    expect(run(Buffer.from(cut + stop))).toMatchObject({ whole: cut + stop + end, error: undefined })
    expect(run(Buffer.from(cut + stop.trimEnd())).error).toBeUndefined()
    expect(run(Buffer.from(cut + end)).error).toMatchObject({ code: 'stream_cut' })
    expect(run(Buffer.from(start + end)).error).toMatchObject({ code: 'stream_cut' })
    expect(run(Buffer.from('{"type":"message"}')).error).toMatchObject({ code: 'malformed_response' })
  })

  test.each([
    [{ type: 'overloaded_error', message: 'Overloaded sk-test-secret' }, 'upstream_overloaded'],
    [{ type: 'rate_limit_error', message: 'slow down' }, 'upstream_rate_limited'],
    [{ type: 'timeout_error', message: 'late' }, 'upstream_timeout'],
    [{ type: 'invalid_request_error', message: 'no' }, 'stream_cut'],
  ])('an error event of %o is %s and never goes on as it is', (error, code) => {
    const { whole, error: found } = run(Buffer.from(start + text('a') + event('error', { error }) + stop + end))
    expect(found).toMatchObject({ code })
    expect(found?.message).not.toContain('sk-test')
    expect(whole).toBe(start + text('a'))
  })

  test('what is no JSON ends it', () => {
    expect(run(Buffer.from(`${start}data: {"id":\n\n`)).error).toMatchObject({ code: 'malformed_response' })
    expect(run(Buffer.from(`${start + text('a')}data: {"id":\n\n`)).error).toMatchObject({ code: 'stream_cut' })
  })

  test('is read by the official SDK', async () => {
    const fetch = async () => new Response(run(whole).whole, { headers: { 'content-type': 'text/event-stream' } })
    const client = new Anthropic({ apiKey: 'sk-ant-test-none', fetch, maxRetries: 0 })
    const message = await client.messages.stream({ model: 'm', max_tokens: 9, messages: [] }).finalMessage()
    expect(message.content).toMatchObject([
      { type: 'text', text: 'Olá, "coração" 🎟️\nção' },
      { type: 'tool_use', name: 'clima', input: { cidade: 'São Luís' } },
    ])
  })
})

describe('a whole answer', () => {
  const answer = {
    type: 'message',
    model: 'claude-x',
    content: [
      { type: 'thinking', thinking: 'hm', signature: 'c2ln' },
      { type: 'text', text: 'ção' },
      { type: 'tool_use', id: 'a', name: 'b', input: { c: 1 } },
    ],
    stop_reason: 'tool_use',
    usage: { input_tokens: 1, output_tokens: 2, output_tokens_details: { thinking_tokens: 1 } },
  }

  function take(body: string, dialect = anthropicMessages) {
    const tap = dialect === anthropicMessages ? tapOf(false) : dialect.createTap({} as never)
    tap.push(Buffer.from(body.slice(0, 5)))
    tap.push(Buffer.from(body.slice(5)))
    return { ...tap.end(), report: tap.report }
  }

  test('is all tail, with its report', () => {
    const { tail, error, report } = take(JSON.stringify(answer))
    expect(error).toBeUndefined()
    expect(Buffer.concat(tail).toString()).toBe(JSON.stringify(answer))
    expect(report).toMatchObject({ finishReason: 'tool_use', model: 'claude-x', outputBytes: 2 + 5 + 1 + 7 })
    expect(report.usage).toMatchObject({ inputTokens: 1, outputTokens: 2, reasoningTokens: 1, totalTokens: 3 })
  })

  test.each([
    ['<html>', 'malformed_response'],
    ['{"type":"message"}', 'malformed_response'],
    [JSON.stringify({ type: 'error', error: { type: 'overloaded_error', message: 'x' } }), 'upstream_overloaded'],
  ])('%s is %s', (body, code) => {
    expect(take(body).error).toMatchObject({ code })
  })

  test('nonsense stays nonsense, and a count without a number is none', () => {
    const usage = { input_tokens: -3, cache_read_input_tokens: 'x', output_tokens: 2 }
    expect(take(JSON.stringify({ ...answer, usage })).report.usage).toMatchObject({ inputTokens: Number.NaN, cachedTokens: Number.NaN })
    expect(take(JSON.stringify({ ...answer, usage: undefined })).report.usage).toBeUndefined()
    expect(take('{"input_tokens":3}', anthropicCountTokens)).toMatchObject({ error: undefined, tail: [expect.any(Buffer)] })
    expect(take('{"input_tokens":"3"}', anthropicCountTokens).error).toMatchObject({ code: 'malformed_response' })
  })
})
