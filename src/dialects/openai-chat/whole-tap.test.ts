import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from './parse.ts'
import { createUsageTap } from './usage-tap.ts'

const fixture = (name: string) => readFileSync(new URL(`__fixtures__/${name}`, import.meta.url))

function run(bytes: Buffer, size = bytes.length) {
  const tap = createUsageTap(parse(Buffer.from('{"messages":[{"role":"user","content":"Oi"}]}')))
  for (let at = 0; at < bytes.length; at += size) expect(tap.push(bytes.subarray(at, at + size))).toBeUndefined()
  expect(tap.begun).toBe(false)
  return { ...tap.end(), report: tap.report, begun: tap.begun }
}

test('the whole body is the tail, byte for byte, and is read', () => {
  const bytes = fixture('openai-answer.json')
  for (const size of [1, 7, bytes.length]) {
    const { tail, error, report, begun } = run(bytes, size)
    expect(error).toBeUndefined()
    expect(begun).toBe(true)
    expect(Buffer.concat(tail)).toEqual(bytes)
    expect(report).toEqual({
      usage: { inputTokens: 21, cachedTokens: 4, cacheWriteTokens: 0, outputTokens: 9, reasoningTokens: 2, totalTokens: 30 },
      finishReason: 'stop',
      model: 'gpt-4o-mini-2024-07-18',
      outputBytes: Buffer.byteLength('Olá, coração 🐟'),
      outputPieces: 1,
      gatewayMetadata: undefined,
    })
  }
})

test("the gateway's metadata and what its provider says of the cache are read", () => {
  expect(run(fixture('vercel-answer.json')).report).toMatchObject({
    usage: { inputTokens: 36, cacheWriteTokens: 20, cacheWriteOneHourTokens: 20, outputTokens: 35, totalTokens: 71 },
    gatewayMetadata: { routing: { attempts: [{ credentialType: 'system' }] }, cost: '0.000573' },
  })
})

test('usage that only x_groq has is read', () => {
  const body = {
    model: 'm',
    choices: [{ message: { content: 'a' }, finish_reason: 'stop' }],
    x_groq: { usage: { prompt_tokens: 3, completion_tokens: 1 } },
  }
  expect(run(Buffer.from(JSON.stringify(body))).report.usage).toMatchObject({ inputTokens: 3, outputTokens: 1, totalTokens: 4 })
})

test.each([
  ['nothing', ''],
  ['a page', '<html>Bad gateway</html>'],
  ['half of an answer', fixture('openai-answer.json').subarray(0, 100).toString()],
  ['an array', '[]'],
  ['no choices', '{"id":"x"}'],
  ['empty choices', '{"choices":[]}'],
])('%s is a broken answer', (_name, text) => {
  expect(run(Buffer.from(text))).toMatchObject({ tail: [], error: { code: 'malformed_response', fallback: true }, begun: false })
})

test('an error in place of an answer is that error', () => {
  expect(run(Buffer.from('{"error":{"message":"busy","code":503}}'))).toMatchObject({ tail: [], error: { code: 'upstream_overloaded' } })
})
