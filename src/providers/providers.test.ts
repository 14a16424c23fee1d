import { expect, test } from 'vitest'
import type { ParsedRequest } from '../dialects/index.ts'
import { type Credentials, defaultBaseUrls, type ProviderName, providers, type Target } from './index.ts'

const credentials: Credentials = { gatewayKey: 'vck_test_1', providerKeys: {}, user: 'acme' }
const request = { body: {} } as ParsedRequest

function target(modelName: string, creator: Target['creator'] = 'openai'): Target {
  return { identifier: `${creator}/${modelName}`, creator, modelName, via: 'direct' }
}

test.each([
  ['openai', 'https://api.openai.com/v1/chat/completions', 'https://api.openai.com/v1/models'],
  ['groq', 'https://api.groq.com/openai/v1/chat/completions', 'https://api.groq.com/openai/v1/models'],
  ['anthropic', 'https://api.anthropic.com/v1/messages', 'https://api.anthropic.com/v1/models'],
  [
    'google',
    'https://generativelanguage.googleapis.com/v1beta/openai/chat/completions',
    'https://generativelanguage.googleapis.com/v1beta/models',
  ],
  ['vercel', 'https://ai-gateway.vercel.sh/v1/chat/completions', 'https://ai-gateway.vercel.sh/v1/credits'],
] as const)('%s: addresses', (name, chat, probe) => {
  const [dialect = 'openai-chat'] = providers[name].dialects
  const call = { baseUrl: defaultBaseUrls[name as ProviderName], key: 'sk-test-1', dialect }
  const requests = [providers[name].passthrough(call), providers[name].probe(call)]
  expect(requests.map(({ url }) => url.href)).toEqual([chat, probe])
  // A key in a URL ends up in logs.
  for (const { url, headers } of requests) {
    expect(url.href).not.toContain('sk-test-1')
    expect(Object.values(headers).some((value) => value.includes('sk-test-1'))).toBe(true)
  }
})

test('Vercel takes Anthropic’s dialect as it is, and only Anthropic itself counts for nothing', () => {
  const call = { baseUrl: 'https://h.test', key: 'sk-test-1' }
  expect(providers.vercel.passthrough({ ...call, dialect: 'anthropic-messages' }).url.href).toBe('https://h.test/v1/messages')
  const counting = Object.values(providers).filter(({ countTokens }) => countTokens !== undefined)
  expect(counting.map((provider) => provider.countTokens?.(call).url.href)).toEqual(['https://h.test/messages/count_tokens'])
})

test.each([
  ['gpt-4o-mini', 'max_tokens'],
  ['gpt-4.1', 'max_tokens'],
  ['gpt-3.5-turbo', 'max_tokens'],
  ['chatgpt-4o-latest', 'max_tokens'],
  ['ft:gpt-4o-mini-2024-07-18:acme::1', 'max_tokens'],
  ['o1', 'max_completion_tokens'],
  ['o4-mini', 'max_completion_tokens'],
  ['gpt-5', 'max_completion_tokens'],
  ['gpt-6-sol', 'max_completion_tokens'],
  ['codex-mini-latest', 'max_completion_tokens'],
])('OpenAI’s %s takes %s', (modelName, limitField) => {
  expect(providers.openai.edit(target(modelName), request, credentials).limitField).toBe(limitField)
})

test.each([
  ['openai', 'gpt-4o-mini', 'openai/gpt-4o-mini'],
  ['openai', 'gpt-4o-mini-2024-07-18', 'openai/gpt-4o-mini'],
  ['anthropic', 'claude-sonnet-4-5', 'anthropic/claude-sonnet-4.5'],
  ['anthropic', 'claude-sonnet-4-5-20250929', 'anthropic/claude-sonnet-4.5'],
  ['anthropic', 'claude-sonnet-4-20250514', 'anthropic/claude-sonnet-4'],
  ['anthropic', 'claude-3-5-haiku-latest', 'anthropic/claude-3.5-haiku'],
  ['anthropic', 'claude-3-haiku-20240307', 'anthropic/claude-3-haiku'],
  ['google', 'gemini-2.5-flash', 'google/gemini-2.5-flash'],
  ['groq', 'llama-3.3-70b-versatile', 'meta/llama-3.3-70b'],
  ['groq', 'openai/gpt-oss-20b', 'openai/gpt-oss-20b'],
  ['groq', 'compound-beta', undefined],
  ['groq', 'toString', undefined],
] as const)('Vercel’s name for %s’s %s is %s', (creator, modelName, expected) => {
  expect(providers.vercel.modelNameOf(target(modelName, creator))).toBe(expected)
})

test('without the creator’s key Vercel is told whose provider to use, and no key', () => {
  const call = { asked: undefined, responsesOnly: false }
  expect(providers.vercel.providerOptions(target('llama-3.3-70b-versatile', 'groq'), credentials, call)).toEqual({
    gateway: { user: 'acme', only: ['groq'] },
  })
})

test('the Responses API has an address of its own', () => {
  for (const [name, href] of [
    ['openai', 'https://api.openai.com/v1/responses'],
    ['vercel', 'https://ai-gateway.vercel.sh/v1/responses'],
  ] as const) {
    const { url } = providers[name].passthrough({ baseUrl: defaultBaseUrls[name], key: 'sk-test-1', dialect: 'openai-responses' })
    expect(url.href).toBe(href)
  }
})

test('what the Responses API would keep or go on from is never asked for, whatever the library was told', () => {
  const asked = { openai: { store: true, previousResponseId: 'resp_1', conversation: 'conv_1', reasoningSummary: 'auto' } }
  const openai = { reasoningSummary: 'auto', store: false }
  expect(providers.openai.providerOptions(target('gpt-5-pro'), credentials, { asked, responsesOnly: true })).toEqual({ openai })
  expect(providers.openai.providerOptions(target('gpt-5'), credentials, { asked, responsesOnly: false })).toBeUndefined()
  expect(providers.vercel.providerOptions(target('gpt-5-pro'), credentials, { asked, responsesOnly: true })).toMatchObject({ openai })
})
