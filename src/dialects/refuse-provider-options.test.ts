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
])('providerOptions.%s.%s %j is refused by its name', (provider, name, value) => {
  for (const parsed of parse({ providerOptions: { [provider]: { [name]: value } } })) {
    expect(parsed).toThrow(expect.objectContaining({ details: { param: `providerOptions.${provider}.${name}` } }))
  }
})

test('what costs nothing more is not, nor what is said to Vercel itself', () => {
  const options = { openai: { store: false, serviceTier: 'auto', textVerbosity: 'low', conversation: null }, gateway: { fallbacks: ['a'] } }
  for (const parsed of parse({ providerOptions: options })) expect(parsed).not.toThrow()
})
