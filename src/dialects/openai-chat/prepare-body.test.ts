import { expect, test } from 'vitest'
import type { UpstreamEdit } from '../dialect.ts'
import { parse } from './parse.ts'
import { prepareBody } from './prepare-body.ts'

const plain: UpstreamEdit = {
  model: 'gpt-4o-mini',
  maxOutputTokens: undefined,
  limitField: 'max_completion_tokens',
  asksStreamUsage: true,
  extra: undefined,
}
const base = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Olá' }] }

function prepared(body: Record<string, unknown>, edit: Partial<UpstreamEdit> = {}): Record<string, unknown> {
  return JSON.parse(prepareBody(parse(Buffer.from(JSON.stringify(body))), { ...plain, ...edit }).toString())
}

test("the caller's very bytes go when nothing changes", () => {
  const request = parse(
    Buffer.from(`{ "seed": 12345678901234567890, "model":"gpt-4o-mini","messages":[{"role":"user","content":"\\u00e7"}]}`),
  )
  expect(prepareBody(request, plain)).toBe(request.raw)
  const streamed = parse(Buffer.from(JSON.stringify({ ...base, stream: true, stream_options: { include_usage: true }, max_tokens: 5 })))
  expect(prepareBody(streamed, plain)).toBe(streamed.raw)
})

test('only the model changes, and what JavaScript cannot hold survives', () => {
  const raw =
    '{ "seed": 12345678901234567890, "model" : "openai/gpt-4o-mini","top_p":1.0,"messages":[{"role":"user","content":"ação \\ud83d\\ude00"}]}'
  const sent = prepareBody(parse(Buffer.from(raw)), plain).toString()
  expect(sent).toBe(
    '{"seed": 12345678901234567890,"model" :"gpt-4o-mini","top_p":1.0,"messages":[{"role":"user","content":"ação \\ud83d\\ude00"}]}',
  )
})

test('a body without a model gets one', () => {
  expect(prepared({ messages: base.messages })).toEqual(base)
})

test('usage is asked for in a stream only, and merged into what the caller asked', () => {
  expect(prepared({ ...base, stream: true })).toEqual({ ...base, stream: true, stream_options: { include_usage: true } })
  expect(prepared({ ...base, stream: true, stream_options: { include_usage: false, include_obfuscation: false } }).stream_options).toEqual({
    include_usage: true,
    include_obfuscation: false,
  })
  expect(prepared({ ...base, stream: true, stream_options: null }).stream_options).toEqual({ include_usage: true })
  expect(prepared({ ...base, stream: true }, { asksStreamUsage: false })).toEqual({ ...base, stream: true })
  expect(prepared(base)).toEqual(base)
})

test.each([
  ['none of its own', {}, { max_completion_tokens: 64 }],
  ['the same', { max_completion_tokens: 64 }, { max_completion_tokens: 64 }],
  ['a higher one', { max_completion_tokens: 900 }, { max_completion_tokens: 64 }],
  ['one in the other field', { max_tokens: 900 }, { max_completion_tokens: 64 }],
  ['both', { max_tokens: 900, max_completion_tokens: 800 }, { max_completion_tokens: 64 }],
  ['null', { max_tokens: null }, { max_completion_tokens: 64 }],
])('the limit goes in the one field of the target when the caller has %s', (_name, own, limits) => {
  expect(prepared({ ...base, ...own }, { maxOutputTokens: 64 })).toEqual({ ...base, ...limits })
})

test('without a limit of ours the caller keeps its field, but never both', () => {
  expect(prepared({ ...base, max_tokens: 900 })).toEqual({ ...base, max_tokens: 900 })
  expect(prepared({ ...base, max_tokens: 900, max_completion_tokens: 800 })).toEqual({ ...base, max_completion_tokens: 800 })
  expect(prepared({ ...base, max_tokens: 900, max_completion_tokens: 950 }, { limitField: 'max_tokens' })).toEqual({
    ...base,
    max_tokens: 900,
  })
})

test("extra fields replace the caller's, or take them out", () => {
  const own = { ...base, providerOptions: { gateway: { order: ['x'] } }, models: ['expensive'], user: 'me' }
  const extra = { providerOptions: { gateway: { user: 'padaria-são-josé' } }, models: undefined, absent: undefined }
  expect(prepared(own, { extra })).toEqual({ ...base, user: 'me', providerOptions: { gateway: { user: 'padaria-são-josé' } } })
})
