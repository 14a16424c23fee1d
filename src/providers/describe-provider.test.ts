import { expect, test } from 'vitest'
import type { ParsedRequest } from '../dialects/index.ts'
import { ConfigurationError } from '../shared/errors.ts'
import { describeProvider } from './describe-provider.ts'
import type { Credentials, Target } from './provider.ts'
import type { ProviderEntry } from './provider-entry.ts'
import { providerPresets } from './provider-presets.ts'
import { providers } from './providers.ts'

const plain: ProviderEntry = {
  name: 'mine',
  displayName: 'Mine',
  kind: 'openai-compatible',
  baseUrl: 'https://models.example.com/v1',
  allowHttp: false,
  hasKey: true,
  auth: 'bearer',
  query: {},
  headers: {},
  limitField: 'max_tokens',
  supportsStreamUsage: true,
  probePath: '/models',
  kinds: ['embeddings'],
  package: undefined,
  exportName: undefined,
  options: {},
}
const key = 'sk-test-mine'
const wire = { baseUrl: plain.baseUrl, key, dialect: 'openai-chat' as const }
const target: Target = { identifier: 'mine/small', creator: 'mine', modelName: 'small', via: 'direct' }
const credentials: Credentials = { gatewayKey: undefined, providerKeys: { mine: key }, user: 'acme' }

function describing(changes: Partial<ProviderEntry>, allowed: string[] = []) {
  return () => describeProvider({ ...plain, ...changes }, allowed)
}

test('a server of OpenAI’s dialect: address, key, and the fields of the body that it wants', () => {
  const mine = describing({})()
  expect(mine.passthrough(wire).url.href).toBe('https://models.example.com/v1/chat/completions')
  expect(mine.passthrough(wire).headers).toEqual({ authorization: `Bearer ${key}` })
  expect(mine.probe(wire).url.href).toBe('https://models.example.com/v1/models')
  expect(mine.edit(target, {} as ParsedRequest, credentials)).toMatchObject({ limitField: 'max_tokens', asksStreamUsage: true })
})

test('Azure’s header and query, and never the key in an address', () => {
  const azure = describing({ auth: 'api-key', query: { 'api-version': 'preview' }, headers: { 'x-title': 'Catraca' } })()
  const { url, headers } = azure.passthrough(wire)
  expect(url.href).toBe('https://models.example.com/v1/chat/completions?api-version=preview')
  expect(headers).toEqual({ 'api-key': key, 'x-title': 'Catraca' })
})

test('without a key none is sent', () => {
  const { isKeyless, passthrough } = describing({ hasKey: false })()
  expect(isKeyless).toBe(true)
  expect(passthrough({ ...wire, key: '' }).headers).toEqual({})
})

test('what would choose another model or server is taken out, and stream_options where it is refused', () => {
  const { extra } = describing({ supportsStreamUsage: false })().edit(target, {} as ParsedRequest, credentials)
  expect(Object.keys(extra ?? {})).toEqual(['models', 'route', 'provider', 'plugins', 'stream_options'])
  expect(Object.values(extra ?? {}).every((value) => value === undefined)).toBe(true)
})

test.each([
  ['http://models.example.com/v1', false],
  ['http://models.example.com/v1', true],
  ['http://8.8.8.8/v1', true],
  ['http://127.0.0.1:11434/v1', false],
  // Where clouds keep a machine's credentials.
  ['http://169.254.169.254/latest', true],
  ['http://metadata.google.internal/v1', true],
  ['http://[fe80::1]/v1', true],
  ['http://[::ffff:8.8.8.8]/v1', true],
  ['https://user:word@models.example.com/v1', false],
  ['https://models.example.com/v1?key=1', false],
  ['https://models.example.com/v1#x', false],
  ['https://models.example.com\\@evil.example/v1', false],
  ['ftp://models.example.com', true],
  ['file:///etc/passwd', true],
  ['models.example.com', false],
])('%s is no base URL (http allowed: %s), and the refusal names no host', (baseUrl, allowHttp) => {
  expect(describing({ baseUrl, allowHttp })).toThrow(ConfigurationError)
  expect(describing({ baseUrl, allowHttp })).toThrow(/^The base URL of the provider "mine" m(?:ust|ay) (?!.*example\.com)/)
})

test.each([
  'http://127.0.0.1:11434/v1',
  'http://localhost:11434/v1',
  'http://[::1]:8000/v1',
  'http://10.0.0.7:8000/v1',
  'http://192.168.1.20/v1',
  'http://172.31.0.1/v1',
  'http://ollama:11434/v1',
  'http://host.docker.internal:11434/v1',
  'http://[fd00::1]/v1',
])('%s may be http where the entry says so', (baseUrl) => {
  expect(describing({ baseUrl, allowHttp: true })().baseUrl).toBe(baseUrl)
})

const cohere = { kind: 'ai-sdk' as const, package: '@ai-sdk/cohere', exportName: 'createCohere' }
const call = {
  baseUrl: plain.baseUrl,
  key,
  modelName: 'small',
  maxOutputTokens: undefined,
  responsesOnly: false,
  fetch: globalThis.fetch,
}

test('a package that is not installed is an error in words, after which another target may be tried', async () => {
  const failure = await Promise.resolve(describing(cohere)().languageModel(call)).catch((error: unknown) => error)
  expect(failure).toMatchObject({
    code: 'config_invalid',
    fallback: true,
    message: 'The package @ai-sdk/cohere of the provider "mine" is not installed: npm i @ai-sdk/cohere',
  })
  await expect(describing(cohere)().load()).rejects.toThrow('npm i @ai-sdk/cohere')
})

test('a package is loaded from @ai-sdk/*, or if the environment names it', async () => {
  for (const name of ['left-pad', 'fs', 'node:fs', '../../evil.js', '@ai-sdk/../evil', '@evil/ai-sdk']) {
    expect(describing({ ...cohere, package: name })).toThrow('allow it by CATRACA_PROVIDER_PACKAGES')
  }
  expect(describing({ ...cohere, package: 'left-pad' }, ['left-pad'])().name).toBe('mine')
})

test('a package without the function that makes a provider, or whose models are none of this version', async () => {
  const without = describing({ ...cohere, package: '@ai-sdk/openai', exportName: 'createCohere' })()
  await expect(async () => without.languageModel(call)).rejects.toThrow('has no function createCohere')
  const zod = describing({ ...cohere, package: '@ai-sdk/provider-utils', exportName: 'createIdGenerator' })()
  await expect(async () => zod.languageModel(call)).rejects.toThrow('another version of the AI SDK (none, not v4)')
})

test('each preset is one that can be added', () => {
  for (const [name, preset] of Object.entries(providerPresets)) {
    expect(name in providers).toBe(false)
    const { docs, baseUrlExample, isKeyless, note: _note, ...entry } = preset
    expect(URL.canParse(docs)).toBe(true)
    const baseUrl = entry.baseUrl ?? baseUrlExample ?? ''
    expect(describing({ ...entry, name, baseUrl, hasKey: !isKeyless })().displayName).toBe(preset.displayName)
  }
})

test('what an application says to the provider cannot become another model, more answers or a longer one', async () => {
  const bodies: Record<string, unknown>[] = []
  const fetch: typeof globalThis.fetch = async (url, init) => {
    expect(String(url)).toBe('https://models.example.com/v1/chat/completions')
    bodies.push(JSON.parse(String(init?.body)))
    return new Response('{"choices":[{"message":{"content":"Oi"},"finish_reason":"stop"}]}', {
      headers: { 'content-type': 'application/json' },
    })
  }
  const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Oi' }] }]
  const told = {
    model: 'large',
    models: ['x'],
    plugins: ['web'],
    service_tier: 'priority',
    n: 5,
    max_tokens: 9000,
    max_completion_tokens: 9000,
    safe_prompt: true,
  }
  for (const limitField of ['max_tokens', 'max_completion_tokens'] as const) {
    const model = await describing({ limitField })().languageModel({ ...call, maxOutputTokens: 40, fetch })
    await model.doGenerate({ prompt, maxOutputTokens: 40, providerOptions: { mine: told } })
    const { messages: _messages, ...sent } = bodies.at(-1) ?? {}
    expect(sent).toEqual({ model: 'small', [limitField]: 40, safe_prompt: true })
  }
})
