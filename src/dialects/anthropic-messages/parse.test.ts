import { describe, expect, test } from 'vitest'
import { anthropicCountTokens, anthropicMessages } from './index.ts'

const parse = (body: object, headers = {}) =>
  anthropicMessages.parse(
    Buffer.from(JSON.stringify({ model: 'claude-x', max_tokens: 50, messages: [{ role: 'user', content: 'Oi' }], ...body })),
    headers,
  )
const bound = (content: unknown, more: object = {}) => parse({ messages: [{ role: 'user', content }], ...more }).inputTokensBound
const paramOf = (work: () => unknown): unknown => {
  try {
    work()
  } catch (error) {
    return (error as { details: { param: unknown } }).details.param
  }
  return 'nothing was refused'
}

test('reads what the pipeline needs and keeps the rest', () => {
  expect(parse({ stream: true, tomorrow: [1] })).toMatchObject({
    dialect: 'anthropic-messages',
    model: 'claude-x',
    stream: true,
    wantsStreamUsage: true,
    maxOutputTokens: 50,
    choices: 1,
    hasAudio: false,
    writesOneHourCache: false,
    body: { tomorrow: [1] },
  })
})

test.each([
  ['max_tokens', { max_tokens: undefined }],
  ['max_tokens', { max_tokens: 0 }],
  ['messages', { messages: [] }],
  ['messages[0]', { messages: ['oi'] }],
  ['messages[0].role', { messages: [{ content: 'oi' }] }],
  ['messages[0].content', { messages: [{ role: 'user', content: 3 }] }],
  ['messages[0].content[0].type', { messages: [{ role: 'user', content: [{ type: 'container_upload', file_id: 'f' }] }] }],
  ['messages[0].content[0].type', { messages: [{ role: 'user', content: [{ type: 'server_tool_use', id: 'a', name: 'b' }] }] }],
  ['messages[0].content[0].source', { messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'file', file_id: 'f' } }] }] }],
  [
    'messages[0].content[0].source',
    { messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'url', url: 'file:///etc' } }] }] },
  ],
  [
    'messages[0].content[0].content[0].source',
    { messages: [{ role: 'user', content: [{ type: 'tool_result', content: [{ type: 'document' }] }] }] },
  ],
  ['container', { container: 'c_1' }],
  ['fallbacks', { fallbacks: [{ model: 'claude-opus-5' }] }],
  ['service_tier', { service_tier: 'fast' }],
  ['tools', { tools: {} }],
  ['tools[0]', { tools: ['web_search'] }],
  ['context_management.edits[0].type', { context_management: { edits: [{ type: 'compact_20260112' }] } }],
])('refuses by its name: %s', (param, body) => {
  expect(paramOf(() => parse(body))).toBe(param)
})

test('takes what asks for nothing that costs more', () => {
  const edits = [{ type: 'clear_tool_uses_20250919' }]
  const body = { speed: 'standard', inference_geo: null, service_tier: 'standard_only', mcp_servers: null, context_management: { edits } }
  expect(parse({ ...body, tools: [{ type: 'custom', name: 'a', input_schema: {} }] }).body).toMatchObject(body)
  expect(anthropicCountTokens.parse(Buffer.from('{"messages":[{"role":"user","content":"a"}]}')).maxOutputTokens).toBeUndefined()
})

describe('an hour of cache', () => {
  const hour = { cache_control: { type: 'ephemeral', ttl: '1h' } }
  test.each([
    ['at the top', hour],
    ['in the system', { system: [{ type: 'text', text: 'a', ...hour }] }],
    ['in a tool', { tools: [{ name: 'a', input_schema: {}, ...hour }] }],
    ['in a result', { messages: [{ role: 'user', content: [{ type: 'tool_result', content: [{ type: 'text', text: 'a', ...hour }] }] }] }],
  ])('is seen %s', (_where, body) => {
    expect(parse(body).writesOneHourCache).toBe(true)
    const short = JSON.parse(JSON.stringify(body).replaceAll('"1h"', '"5m"'))
    expect(parse(short).writesOneHourCache).toBe(false)
    const odd = JSON.parse(JSON.stringify(body).replaceAll('"1h"', '"2h"'))
    expect(paramOf(() => parse(odd))).toMatch(/cache_control\.ttl$/)
  })
})

describe('the bound', () => {
  const base = bound('')

  test('counts a token a byte of text, twice of schemas and calls, media by rule', () => {
    expect(bound('ção') - base).toBe(5)
    expect(bound('', { system: 'ção' }) - base).toBe(5)
    const tool = { name: 'a', input_schema: { type: 'object' } }
    expect(bound('', { tools: [tool] }) - base).toBeGreaterThanOrEqual(1_024 + 2 * JSON.stringify([tool]).length)
    const call = { type: 'tool_use', id: 'a', name: 'b', input: { c: 'd' } }
    expect(bound([call]) - base).toBeGreaterThanOrEqual(2 * JSON.stringify(call).length)
    expect(bound([{ type: 'image', source: { type: 'url', url: 'https://x.test/a.png' } }]) - base).toBe(48_169)
    expect(bound([{ type: 'document', source: { type: 'base64', data: 'a'.repeat(1000) } }]) - base).toBe(1000)
    expect(bound([{ type: 'document', source: { type: 'text', data: 'ç' } }]) - base).toBe(2)
    const cited = { type: 'document', source: { type: 'text', data: 'a'.repeat(100) }, citations: { enabled: true } }
    expect(bound([cited]) - base).toBe(1_224)
    expect(bound('', { tomorrow: 'a'.repeat(100) }) - base).toBeGreaterThanOrEqual(100)
    expect(bound('', { metadata: { user_id: 'u' }, cache_control: { type: 'ephemeral' } })).toBe(base)
  })

  test('counts what a tool gave back, block by block', () => {
    const result = { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: 'a'.repeat(500) }] }
    expect(bound([result]) - base).toBeGreaterThanOrEqual(500)
  })
})

test('of the caller’s betas go on those that cost nothing more', () => {
  const headersOf = (value: string | string[]) => parse({}, { 'anthropic-beta': value }).headers
  expect(headersOf('files-api-2025-04-14')).toBeUndefined()
  expect(headersOf('')).toBeUndefined()
  expect(headersOf('context-1m-2025-08-07, x,context-1m-2025-08-07')).toEqual({ 'anthropic-beta': 'context-1m-2025-08-07' })
  expect(headersOf(['pdfs-2024-09-25', 'claude-code-20250219\r\nx: y'])).toEqual({ 'anthropic-beta': 'pdfs-2024-09-25' })
})
