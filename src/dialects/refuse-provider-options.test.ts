import { expect, test } from 'vitest'
import { openaiChat } from './openai-chat/index.ts'
import { openaiResponses } from './openai-responses/index.ts'

const parse = (more: object) => [
  () => openaiChat.parse(Buffer.from(JSON.stringify({ model: 'a', messages: [{ role: 'user', content: 'a' }], ...more }))),
  () => openaiResponses.parse(Buffer.from(JSON.stringify({ model: 'a', input: 'a', ...more }))),
]

test.each([
  ['openai', 'previousResponseId', 'resp_1'],
  ['openai', 'store', true],
  ['openai', 'serviceTier', 'priority'],
  ['anthropic', 'mcpServers', [{}]],
  ['anthropic', 'speed', 'fast'],
  ['google', 'cachedContent', 'cachedContents/0000aaaa'],
])('providerOptions.%s.%s %j is refused by its name', (provider, name, value) => {
  for (const parsed of parse({ providerOptions: { [provider]: { [name]: value } } })) {
    expect(parsed).toThrow(expect.objectContaining({ details: { param: `providerOptions.${provider}.${name}` } }))
  }
})

test('what Google keeps in the shared account is not referred to by its id: nobody knows how long it is', () => {
  const said = (google: object) => parse({ extra_body: { google } })
  for (const parsed of said({ cached_content: 'cachedContents/0000aaaa' })) {
    expect(parsed).toThrow(expect.objectContaining({ details: { param: 'extra_body.google.cached_content' } }))
  }
  for (const parsed of said({ thinking_config: { thinking_budget: 100 } })) expect(parsed).not.toThrow()
})

test('what costs nothing more is not, nor what is said to Vercel itself', () => {
  const options = { openai: { store: false, serviceTier: 'auto', textVerbosity: 'low', conversation: null }, gateway: { fallbacks: ['a'] } }
  for (const parsed of parse({ providerOptions: options })) expect(parsed).not.toThrow()
})

const hour = { type: 'ephemeral', ttl: '1h' }
const part = (more: object) => ({ role: 'user', content: [{ type: 'text', text: 'a', ...more }] })

test.each([
  ['an option of the call', { providerOptions: { anthropic: { cacheControl: hour } } }],
  ['a tool', { tools: [{ type: 'function', name: 'a', function: { name: 'a' }, cache_control: hour }] }],
  ['a field beside all', { cache_control: hour }],
])('a cache of an hour that %s asks for is seen: it costs more to write', (_where, more) => {
  for (const parsed of parse(more)) expect(parsed().writesOneHourCache).toBe(true)
  for (const parsed of parse(JSON.parse(JSON.stringify(more).replace('1h', '5m')))) expect(parsed().writesOneHourCache).toBe(false)
})

test('a cache of an hour is seen by the AI SDK’s name in a message, and with its name escaped', () => {
  const messages = [part({ providerOptions: { anthropic: { cacheControl: hour } } })]
  expect(openaiChat.parse(Buffer.from(JSON.stringify({ messages }))).writesOneHourCache).toBe(true)
  const escaped = JSON.stringify({ messages: [part({ cache_control: hour })] }).replace('cache_control', '\\u0063ache_control')
  expect(openaiChat.parse(Buffer.from(escaped)).writesOneHourCache).toBe(true)
})
