import { expect, test } from 'vitest'
import { providers } from '../providers/index.ts'
import { ConfigurationError, InvalidRequestError, PermissionError } from '../shared/errors.ts'
import { planRoute, type RouteQuestion } from './plan-route.ts'

const sharedChain = ['openai/gpt-4o-mini', 'groq/llama-3.3-70b-versatile']

function plan(question: Partial<RouteQuestion>): string[] {
  const targets = planRoute({
    requested: 'openai/gpt-4o-mini',
    chain: sharedChain,
    route: 'auto',
    hasGatewayKey: true,
    providerKeys: new Set(['openai', 'groq']),
    ...question,
  })
  return targets.map((target) => `${target.identifier} ${target.via}`)
}

test('the requested model first, then the chain without it, each on vercel, then direct', () => {
  expect(plan({})).toEqual([
    'openai/gpt-4o-mini vercel',
    'openai/gpt-4o-mini direct',
    'groq/llama-3.3-70b-versatile vercel',
    'groq/llama-3.3-70b-versatile direct',
  ])
})

test('a model that is not in the chain comes before it', () => {
  expect(plan({ requested: 'openai/gpt-5', hasGatewayKey: false })).toEqual([
    'openai/gpt-5 direct',
    'openai/gpt-4o-mini direct',
    'groq/llama-3.3-70b-versatile direct',
  ])
})

test('the route leaves out the other way', () => {
  expect(plan({ route: 'direct' })).toEqual(['openai/gpt-4o-mini direct', 'groq/llama-3.3-70b-versatile direct'])
  expect(plan({ route: 'vercel' })).toEqual(['openai/gpt-4o-mini vercel', 'groq/llama-3.3-70b-versatile vercel'])
})

test('a creator without a key is passed over, never asked with somebody else’s key', () => {
  expect(plan({ hasGatewayKey: false, providerKeys: new Set(['groq']) })).toEqual(['groq/llama-3.3-70b-versatile direct'])
  expect(plan({ requested: 'anthropic/claude-sonnet-4-5', chain: [], providerKeys: new Set(['openai']) })).toEqual([
    'anthropic/claude-sonnet-4-5 vercel',
  ])
})

test('a model that Vercel does not have goes direct only', () => {
  expect(plan({ requested: 'groq/compound-beta', chain: [] })).toEqual(['groq/compound-beta direct'])
  expect(() => plan({ requested: 'groq/compound-beta', chain: [], route: 'vercel' })).toThrow(
    'Gateway enabled but no config found: groq/compound-beta needs a model that Vercel AI Gateway serves',
  )
})

test('a model keeps the slashes of its own name, and each target belongs to its creator', () => {
  const [target] = planRoute({
    requested: 'groq/openai/gpt-oss-20b',
    chain: [],
    route: 'direct',
    hasGatewayKey: false,
    providerKeys: new Set(['openai', 'groq']),
  })
  expect(target).toEqual({ identifier: 'groq/openai/gpt-oss-20b', creator: 'groq', modelName: 'openai/gpt-oss-20b', via: 'direct' })
})

test('chain entries that repeat or name no creator of ours are passed over', () => {
  expect(plan({ route: 'direct', chain: ['openai/gpt-5', 'openai/gpt-5', 'mistral/large', 'gpt-4o', 'groq/', ''] })).toEqual([
    'openai/gpt-4o-mini direct',
    'openai/gpt-5 direct',
  ])
})

test('what the client key may not use is refused when asked for and left out of the chain', () => {
  expect(plan({ route: 'direct', allowedModels: ['openai/gpt-4o-mini'] })).toEqual(['openai/gpt-4o-mini direct'])
  const refused = () => plan({ allowedModels: ['groq/llama-3.3-70b-versatile'] })
  expect(refused).toThrow(PermissionError)
  expect(refused).toThrow('This key may not use the model openai/gpt-4o-mini')
})

test.each(['mistral/large', 'gpt-4o', 'openai/', '', '/x', 'vercel/openai/gpt-4o'])('%j is no model of ours', (requested) => {
  expect(() => plan({ requested })).toThrow(InvalidRequestError)
})

test('without any key the error has the guide’s words and names what is missing', () => {
  const without = (question: Partial<RouteQuestion>) => () => plan({ hasGatewayKey: false, providerKeys: new Set(), ...question })
  expect(without({})).toThrow(ConfigurationError)
  expect(without({})).toThrow(
    'Gateway enabled but no config found: openai/gpt-4o-mini needs a gateway key (vck_…, gateway_api_key_secret_id) or the shared OpenAI key (openai_api_key_secret_id)',
  )
  expect(without({ route: 'vercel' })).toThrow('needs a gateway key (vck_…, gateway_api_key_secret_id)')
  expect(without({ route: 'direct' })).toThrow('needs the shared OpenAI key (openai_api_key_secret_id)')
})

test('a provider of the operator’s own is asked directly by any route, and never by Vercel', () => {
  const own = { ...providers.openai, name: 'mistral', baseUrl: 'https://models.example.com/v1' }
  const ownProviders = new Map([
    ['mistral', own],
    ['switched-off', undefined],
  ])
  for (const route of ['auto', 'vercel', 'direct'] as const) {
    expect(plan({ ownProviders, route, requested: 'mistral/small', chain: [] })).toEqual(['mistral/small direct'])
  }
  const [target] = planRoute({
    requested: 'mistral/meta/llama',
    chain: [],
    route: 'auto',
    hasGatewayKey: true,
    providerKeys: new Set(),
    ownProviders,
  })
  expect(target).toEqual({ identifier: 'mistral/meta/llama', creator: 'mistral', modelName: 'meta/llama', via: 'direct', provider: own })
  // One that cannot be called now leaves the call to the chain; one that is not there is no provider.
  expect(plan({ ownProviders, route: 'direct', requested: 'switched-off/x', chain: ['mistral/small', 'gone/x', 'openai/gpt-5'] })).toEqual([
    'mistral/small direct',
    'openai/gpt-5 direct',
  ])
  expect(() => plan({ ownProviders, requested: 'switched-off/x', chain: [] })).toThrow(
    'switched-off/x needs the provider switched-off, which cannot be called now',
  )
  expect(() => plan({ ownProviders, requested: 'gone/x' })).toThrow(
    'a model is named creator/model, of openai, groq, anthropic, google, mistral, switched-off',
  )
})

const choice: NonNullable<RouteQuestion['choice']> = {
  strategy: 'ordered',
  models: [
    { identifier: 'openai/gpt-5', via: 'direct', weight: 1 },
    { identifier: 'groq/llama-3.3-70b-versatile', via: undefined, weight: 1 },
  ],
  costOf: () => 0n,
  speedOf: () => undefined,
  random: () => 0.5,
}

test('an alias: its targets by the routes that it names, then the chain, each target once', () => {
  expect(plan({ requested: 'chat', choice })).toEqual([
    'openai/gpt-5 direct',
    'groq/llama-3.3-70b-versatile vercel',
    'groq/llama-3.3-70b-versatile direct',
    'openai/gpt-4o-mini vercel',
    'openai/gpt-4o-mini direct',
  ])
  // A route that the alias leaves out may still come by the chain.
  expect(plan({ requested: 'chat', choice, chain: ['openai/gpt-5'] }).at(-1)).toBe('openai/gpt-5 vercel')
})

test('an alias: what the key may not use is left out, and only where nothing is left is that a refusal', () => {
  const allowed = (models: string[]) => plan({ requested: 'chat', choice, chain: [], route: 'direct', allowedModels: models })
  expect(allowed(['groq/llama-3.3-70b-versatile'])).toEqual(['groq/llama-3.3-70b-versatile direct'])
  expect(() => allowed(['openai/gpt-4o-mini'])).toThrow('This key may not use any model that chat stands for')
})

test('an alias without a key for any of its targets is answered by the chain, and without that says what is missing', () => {
  const keyless = { requested: 'chat', choice, hasGatewayKey: false, providerKeys: new Set(['google'] as const) }
  expect(plan({ ...keyless, chain: ['google/gemini-2.5-flash'] })).toEqual(['google/gemini-2.5-flash direct'])
  expect(() => plan({ ...keyless, chain: [] })).toThrow('openai/gpt-5 needs a gateway key')
})
