import { describe, expect, it } from 'vitest'
import type { Model } from './model.ts'
import { createModelRegistry, nameAtProvider } from './model-registry.ts'
import { fromModelRow, type ModelRow } from './model-row.ts'

function model(provider: string, modelName: string, more: Partial<ModelRow> = {}): Model {
  return fromModelRow({
    id: `id of ${provider}/${modelName}`,
    price_id: `price of ${provider}/${modelName}`,
    provider,
    creator: provider,
    model_name: modelName,
    gateway_identifier: `${provider}/${modelName}`,
    vercel_identifier: null,
    api_type: 'chat',
    capabilities: {},
    context_window: null,
    max_output_tokens: null,
    default_max_output_tokens: 4096,
    aliases: [],
    input_price_per_million: '1',
    output_price_per_million: '1',
    cached_input_price_per_million: null,
    cache_write_price_per_million: null,
    cache_write_1h_price_per_million: null,
    price_per_audio_minute: null,
    price_per_character: null,
    price_per_image: null,
    minimum_audio_seconds: 0,
    price_tiers: [],
    ...more,
  })
}

const registry = createModelRegistry([
  model('openai', 'gpt-4o-mini', { aliases: ['gpt-4o-mini-2024-07-18'] }),
  model('openai', 'gpt-4o', { aliases: ['gpt-4o-2024-08-06'] }),
  model('openai', 'gpt-4o-2024-05-13'),
  model('openai', 'text-embedding-3-small', { api_type: 'embeddings' }),
  model('groq', 'openai/gpt-oss-120b', { creator: 'openai', vercel_identifier: 'openai/gpt-oss-120b' }),
  model('groq', 'llama', { creator: 'meta', vercel_identifier: 'meta/llama-3.3-70b' }),
  model('cerebras', 'llama', { creator: 'meta' }),
  model('azure', 'gpt-4o', { creator: 'openai' }),
])

describe('find', () => {
  it.each([
    ['openai/gpt-4o-mini', 'openai/gpt-4o-mini'],
    ['gpt-4o-mini', 'openai/gpt-4o-mini'],
    ['gpt-4o-mini-2024-07-18', 'openai/gpt-4o-mini'],
    ['openai/gpt-4o-mini-2024-07-18', 'openai/gpt-4o-mini'],
    ['openai/gpt-4o-mini-2031-01-01', 'openai/gpt-4o-mini'],
    ['gpt-4o-2024-05-13', 'openai/gpt-4o-2024-05-13'],
    ['gpt-4o', 'openai/gpt-4o'],
    ['azure/gpt-4o', 'azure/gpt-4o'],
    ['openai/gpt-oss-120b', 'groq/openai/gpt-oss-120b'],
    ['groq/openai/gpt-oss-120b', 'groq/openai/gpt-oss-120b'],
    ['meta/llama-3.3-70b', 'groq/llama'],
    ['groq/llama', 'groq/llama'],
  ])('takes %s for %s', (name, identifier) => {
    expect(registry.find(name)?.gatewayIdentifier).toBe(identifier)
  })

  it.each(['', 'gpt-4o-min', 'GPT-4O', 'openai/', 'groq/gpt-4o', 'llama', 'gpt-4o-realtime-preview-2024-12-17', '__proto__'])(
    'does not guess at %j',
    (name) => {
      expect(registry.find(name)).toBeUndefined()
    },
  )
})

describe('get', () => {
  it('says which model is missing and how it is added', () => {
    expect(() => registry.get('acme/unheard-of')).toThrow(
      expect.objectContaining({
        code: 'unknown_model',
        httpStatus: 404,
        message: expect.stringMatching(/"acme\/unheard-of".*ai_models_registry.*catraca models sync/),
        details: { param: 'model', model: 'acme/unheard-of' },
      }),
    )
  })

  it('asks back when several providers have it and none of them made it', () => {
    expect(() => registry.get('llama')).toThrow(/cerebras\/llama, groq\/llama/)
  })

  it('refuses a model of another kind', () => {
    expect(() => registry.get('text-embedding-3-small', 'chat')).toThrow(/is a model for embeddings/)
    expect(registry.get('text-embedding-3-small').apiType).toBe('embeddings')
  })

  it('does not repeat a name of any length', () => {
    expect(() => registry.get('x'.repeat(10_000))).toThrow(expect.objectContaining({ message: expect.stringMatching(/^.{0,500}$/) }))
  })
})

describe('nameAtProvider', () => {
  const mini = registry.get('gpt-4o-mini')
  const oss = registry.get('openai/gpt-oss-120b')

  it.each([
    [mini, 'openai/gpt-4o-mini', 'gpt-4o-mini'],
    [mini, 'gpt-4o-mini', 'gpt-4o-mini'],
    [mini, 'openai/gpt-4o-mini-2024-07-18', 'gpt-4o-mini-2024-07-18'],
    [oss, 'openai/gpt-oss-120b', 'openai/gpt-oss-120b'],
    [oss, 'groq/openai/gpt-oss-120b', 'openai/gpt-oss-120b'],
    [registry.get('groq/llama'), 'meta/llama-3.3-70b', 'llama'],
  ])('keeps the snapshot that was asked for, else the name that the provider knows (%#)', (asked, requested, name) => {
    expect(nameAtProvider(asked, requested)).toBe(name)
  })
})
