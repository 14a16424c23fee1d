import { expect, test } from 'vitest'
import { InvalidRequestError } from '../../shared/errors.ts'
import { parse } from './parse.ts'

const messages = [{ role: 'user', content: 'Olá' }]
const parseJson = (body: unknown) => parse(Buffer.from(JSON.stringify(body)))

/** CPU and not the clock: other tests run beside this one. */
const cpuMsSince = (start: NodeJS.CpuUsage) => process.cpuUsage(start).user / 1000

function refusal(run: () => unknown): { code: string; param: unknown; message: string } {
  try {
    run()
  } catch (error) {
    if (error instanceof InvalidRequestError) return { code: error.code, param: error.details.param, message: error.message }
    throw error
  }
  throw new Error('nothing was refused')
}

test('reads what the pipeline needs and keeps the rest', () => {
  const raw = Buffer.from(
    JSON.stringify({
      model: 'openai/gpt-4o-mini',
      messages,
      stream: true,
      stream_options: { include_usage: true },
      n: 2,
      max_tokens: 100,
      future: { x: 1 },
    }),
  )
  const request = parse(raw)
  expect(request).toMatchObject({
    dialect: 'openai-chat',
    model: 'openai/gpt-4o-mini',
    stream: true,
    wantsStreamUsage: true,
    maxOutputTokens: 100,
    choices: 2,
  })
  expect(request.raw).toBe(raw)
  expect(request.body.future).toEqual({ x: 1 })
})

test('fields that are absent or null mean their default', () => {
  const defaults = { model: undefined, stream: false, wantsStreamUsage: false, maxOutputTokens: undefined, choices: 1 }
  expect(parseJson({ messages })).toMatchObject(defaults)
  const nulls = { model: null, stream: null, stream_options: null, n: null, max_tokens: null, max_completion_tokens: null }
  expect(parseJson({ messages, ...nulls })).toMatchObject(defaults)
})

test('asks for usage only count in a stream', () => {
  expect(parseJson({ messages, stream_options: { include_usage: true } }).wantsStreamUsage).toBe(false)
})

test('of two limits the lower one holds', () => {
  expect(parseJson({ messages, max_tokens: 50, max_completion_tokens: 80 }).maxOutputTokens).toBe(50)
  expect(parseJson({ messages, max_completion_tokens: 80 }).maxOutputTokens).toBe(80)
})

test.each([
  ['not JSON', '{"messages":', null],
  ['empty', '', null],
  ['an array', '[]', null],
  ['a string', '"x"', null],
  ['a byte order mark', `\ufeff${JSON.stringify({ messages })}`, null],
  ['no messages', '{}', 'messages'],
  ['empty messages', '{"messages":[]}', 'messages'],
  ['messages of a string', '{"messages":"x"}', 'messages'],
  ['a message that is none', '{"messages":[1]}', 'messages[0]'],
  ['a message without a role', '{"messages":[{"role":"user","content":"x"},{"content":"x"}]}', 'messages[1].role'],
  ['content that is none', '{"messages":[{"role":"user","content":7}]}', 'messages[0].content'],
  ['a field twice', '{"model":"a","messages":[{"role":"user","content":"x"}],"m\\u006fdel":"b"}', 'model'],
])('refuses %s', (_name, json, param) => {
  expect(refusal(() => parse(Buffer.from(json)))).toMatchObject({ code: 'invalid_body', param })
})

test.each([
  ['model', 7],
  ['model', ''],
  ['stream', 'yes'],
  ['stream_options', true],
  ['n', 100_000],
  ['n', 0],
  ['n', 1.5],
  ['n', '2'],
  ['max_tokens', 0],
  ['max_tokens', -5],
  ['max_tokens', 1e300],
  ['max_completion_tokens', '100'],
  ['max_completion_tokens', 1.5],
])('refuses %s of %j', (field, value) => {
  expect(refusal(() => parseJson({ messages, [field]: value }))).toMatchObject({ code: 'invalid_body', param: field })
})

test('refuses include_usage of a string by its full name', () => {
  expect(refusal(() => parseJson({ messages, stream: true, stream_options: { include_usage: 'x' } })).param).toBe(
    'stream_options.include_usage',
  )
})

test('refuses bytes that are not UTF-8 and never quotes the body', () => {
  const bad = Buffer.concat([Buffer.from('{"messages":[{"role":"user","content":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}]}')])
  expect(refusal(() => parse(bad)).message).toBe('The body is not valid UTF-8; one that is compressed is not opened')
  expect(refusal(() => parse(Buffer.from('{"messages": segredo'))).message).not.toContain('segredo')
})

test('refuses a depth bomb at once, and a nest of 200 levels is no bomb', () => {
  const started = process.cpuUsage()
  expect(refusal(() => parse(Buffer.from('['.repeat(10_000_000)))).code).toBe('invalid_body')
  expect(refusal(() => parse(Buffer.from('{"a":'.repeat(1_000_000)))).message).toContain('200 levels')
  expect(cpuMsSince(started)).toBeLessThan(1000)
  const nested = `${'['.repeat(150)}${']'.repeat(150)}`
  expect(parse(Buffer.from(`{"messages":[{"role":"user","content":"x"}],"x":${nested}}`)).choices).toBe(1)
})

test('10 MB are parsed in well under a second', () => {
  const text = 'Ação "citada"\n'.repeat(650_000)
  const raw = Buffer.from(JSON.stringify({ messages: [{ role: 'user', content: text }] }))
  const started = process.cpuUsage()
  expect(parse(raw).inputTokensBound).toBeGreaterThan(Buffer.byteLength(text))
  expect(cpuMsSince(started)).toBeLessThan(1000)
})

test.each(['priority', 'flex', 'scale', 1])('refuses service_tier %j, which has another price than the registered one', (service_tier) => {
  const body = Buffer.from(JSON.stringify({ model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'oi' }], service_tier }))
  expect(() => parse(body)).toThrow(expect.objectContaining({ code: 'invalid_body', details: { param: 'service_tier' } }))
})

test('knows a cache of an hour, which Vercel takes for Anthropic’s models', () => {
  const asking = (ttl?: string) =>
    parse(
      Buffer.from(
        JSON.stringify({
          model: 'anthropic/claude-haiku-4-5',
          messages: [{ role: 'user', content: [{ type: 'text', text: 'oi', cache_control: { type: 'ephemeral', ttl } }] }],
        }),
      ),
    )
  expect(asking('1h').writesOneHourCache).toBe(true)
  expect(asking('5m').writesOneHourCache).toBe(false)
  expect(asking().writesOneHourCache).toBe(false)
  expect(() => asking('24h')).toThrow(expect.objectContaining({ details: { param: 'messages[0].content[0].cache_control.ttl' } }))
})

test.each([
  ['web_search_options', { web_search_options: {} }],
  ['tools[1].type', { tools: [{ type: 'function', function: { name: 'f' } }, { type: 'browser_search' }] }],
  ['tools[0].type', { tools: [{ type: 'openrouter:web_search' }] }],
])('what the provider bills by the use is refused: %s', (param, more) => {
  const body = { model: 'a', messages: [{ role: 'user', content: 'a' }], ...more }
  expect(() => parse(Buffer.from(JSON.stringify(body)))).toThrow(expect.objectContaining({ details: { param } }))
})

test.each([
  ['fields of one object', `{"x":{${Array.from({ length: 700_000 }, (_, i) => `"k${i}":1`).join()}}}`],
  ['small objects', `{"x":[${'{},'.repeat(3_000_000)}{}]}`],
  ['small lists', `{"x":[${'[],'.repeat(3_000_000)}[]]}`],
])('more %s than any call has are refused before they are sorted out', (_what, body) => {
  const raw = Buffer.from(body)
  expect(refusal(() => parse(raw))).toEqual({
    code: 'invalid_body',
    param: null,
    message: 'The body has more than 100000 fields, objects and lists in all',
  })
})

test('long conversations, many tools and long lists of numbers are not too many', () => {
  const many = Array.from({ length: 30_000 }, (_, i) => ({ role: 'user', content: `Olá ${i}` }))
  expect(parseJson({ model: 'm', messages: many }).model).toBe('m')
  expect(parseJson({ model: 'm', messages, x: Array.from({ length: 1_000_000 }, (_, i) => i % 10) }).model).toBe('m')
})
