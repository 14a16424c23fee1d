import type { ErrorShape } from './error-body.ts'
import { isKnownModel, listModels } from './models.ts'
import type { ProviderId } from './provider-id.ts'

const createdAt = 1_767_225_600

/** `GET /models`, or one model of it when the path goes on with a name; undefined for a name that doesn't exist. */
export function renderModels(shape: ErrorShape, provider: ProviderId, path: string): string | undefined {
  if (provider === 'ptax') return undefined
  const [, one = ''] = /\/models\/(.+)$/.exec(path) ?? []
  const name = decodeURIComponent(one)
  const entryOf = path.endsWith('/config') ? configEntry : entryShapes[shape]
  if (name !== '') return isKnownModel(provider, name) ? JSON.stringify(entryOf(name, provider)) : undefined
  const entries = listModels(provider).map((model) => entryOf(model, provider))
  if (shape === 'google' || path.endsWith('/config')) return JSON.stringify({ models: entries })
  if (shape !== 'anthropic') return JSON.stringify({ object: 'list', data: entries })
  const ids = listModels(provider)
  return JSON.stringify({ data: entries, has_more: false, first_id: ids[0], last_id: ids.at(-1) })
}

const entryShapes: Record<ErrorShape, (id: string, owner: string) => object> = {
  openai: (id, owner) => ({ id, object: 'model', created: createdAt, owned_by: owner }),
  groq: (id) => ({ id, object: 'model', created: createdAt, owned_by: 'Groq', active: true, context_window: 131_072, public_apps: null }),
  anthropic: (id) => ({ type: 'model', id, display_name: id, created_at: '2026-01-01T00:00:00Z' }),
  google: (id) => ({
    name: `models/${id}`,
    version: '001',
    displayName: id,
    inputTokenLimit: 1_048_576,
    outputTokenLimit: 65_536,
    supportedGenerationMethods: id.includes('embedding') ? ['embedContent'] : ['generateContent', 'countTokens'],
  }),
  'google-openai': (id) => ({ id: `models/${id}`, object: 'model', owned_by: 'google' }),
  vercel: (id) => ({
    id,
    object: 'model',
    created: createdAt,
    owned_by: id.split('/')[0],
    name: id,
    type: id.includes('embedding') ? 'embedding' : 'language',
    context_window: 128_000,
    max_tokens: 16_384,
    pricing: { input: '0.00000015', output: '0.0000006' },
  }),
}

function configEntry(id: string): object {
  return {
    id,
    name: id,
    pricing: { input: '0.00000015', output: '0.0000006' },
    specification: { specificationVersion: 'v4', provider: 'gateway', modelId: id },
    modelType: id.includes('embedding') ? 'embedding' : 'language',
  }
}
