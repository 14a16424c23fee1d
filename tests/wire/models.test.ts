import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentWav } from '../../src/emulator/index.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { failureOf, sdk, user } from './_support/caller.ts'
import { setShared } from './_support/settled.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway({ keys: ['gateway', 'openai', 'anthropic'] })
})
afterAll(() => gateway.close())

async function listed(client = gateway.client): Promise<string[]> {
  const ids: string[] = []
  for await (const model of sdk(gateway, client).models.list()) ids.push(model.id)
  return ids
}

test('lists what can be called with the shared keys there are, on the route there is', async () => {
  await setShared(gateway, { route: 'direct' })
  const direct = await listed()
  expect(direct).toEqual(expect.arrayContaining(['openai/gpt-4o-mini', 'anthropic/claude-sonnet-4-5']))
  expect(direct.filter((id) => /^(groq|google)\//.test(id))).toEqual([])
  expect(direct).toEqual(
    expect.arrayContaining(['openai/text-embedding-3-small', 'openai/whisper-1', 'openai/tts-1', 'openai/gpt-image-1']),
  )
  await setShared(gateway, { route: 'auto' })
  const auto = await listed()
  expect(auto).toEqual(
    expect.arrayContaining(['groq/llama-3.3-70b-versatile', 'google/gemini-2.5-flash', 'google/gemini-embedding-001', ...direct]),
  )
  // Nobody serves these in OpenAI's words.
  expect(auto.filter((id) => /^google\/.*tts/.test(id))).toEqual([])
})

const fault = '[[emulate status=418]]'
const asked = {
  chat: ['/chat/completions', { messages: user(fault) }],
  embeddings: ['/embeddings', { input: fault }],
  speech: ['/audio/speech', { input: fault, voice: 'alloy' }],
  image: ['/images/generations', { prompt: fault }],
  moderation: ['/moderations', { input: fault }],
  transcription: ['/audio/transcriptions', { prompt: fault }],
} as const

/** One call of the model's own kind. */
async function ask(apiType: keyof typeof asked, model: string): Promise<Response> {
  const [path, fields] = asked[apiType]
  const headers = { authorization: `Bearer ${gateway.client.key}` }
  if (apiType !== 'transcription')
    return await fetch(`${gateway.url}/v1${path}`, { method: 'POST', headers, body: JSON.stringify({ model, ...fields }) })
  const body = new FormData()
  body.set('model', model)
  body.set('prompt', fault)
  body.set('file', new File([new Uint8Array(silentWav(100))], 'a.wav'))
  return await fetch(`${gateway.url}/v1${path}`, { method: 'POST', headers, body })
}

test('every model that is listed can be called', async () => {
  for (const route of ['direct', 'auto'] as const) {
    await setShared(gateway, { route, chain: [] })
    const refused: string[] = []
    for await (const { id: model, ...listed } of sdk(gateway).models.list()) {
      const { api_type } = listed as unknown as { api_type: keyof typeof asked }
      // A fault that ends the call before the provider looks at it: only our own refusals are of interest.
      const answer = await ask(api_type, model)
      const { error } = (await answer.json()) as { error: { code: string } }
      if (error.code !== 'upstream_invalid_request') refused.push(`${model}: ${error.code}`)
    }
    expect(refused).toEqual([])
  }
})

test('retrieves one by its name, a dated one included, in the shape of OpenAI', async () => {
  const client = sdk(gateway)
  expect(await client.models.retrieve('openai/gpt-4o-mini')).toEqual({
    id: 'openai/gpt-4o-mini',
    object: 'model',
    created: 0,
    owned_by: 'openai',
    api_type: 'chat',
    context_window: 128_000,
    max_output_tokens: 16_384,
    pricing: { currency: 'USD', input_per_million: '0.15', cached_input_per_million: '0.075', output_per_million: '0.6' },
  })
  expect(await client.models.retrieve('whisper-1')).toMatchObject({
    api_type: 'transcription',
    pricing: { currency: 'USD', audio_minute: '0.006' },
  })
  expect(await client.models.retrieve('tts-1')).toMatchObject({ pricing: { currency: 'USD', character: '0.000015' } })
  expect((await client.models.retrieve('openai/gpt-4o-mini-2024-07-18')).id).toBe('openai/gpt-4o-mini')
  const failure = await failureOf(client.models.retrieve('openai/gpt-none'))
  expect(failure).toBeInstanceOf(OpenAI.NotFoundError)
  expect(failure.code).toBe('unknown_model')
  expect(failure.requestID).toBeTruthy()
})

test('shows a key only the models that it may use, by whatever name they were allowed', async () => {
  const client = await gateway.addClient({ allowedModels: ['openai/gpt-4o-mini', 'claude-sonnet-4-5'] })
  expect(await listed(client)).toEqual(['anthropic/claude-sonnet-4-5', 'openai/gpt-4o-mini'])
  expect(await failureOf(sdk(gateway, client).models.retrieve('openai/gpt-4o'))).toBeInstanceOf(OpenAI.NotFoundError)
})

test('shows nothing to a stranger, and what it shows is not stored on the way', async () => {
  expect(await failureOf(sdk(gateway, { id: '', key: 'ctk_unknown' }).models.list())).toBeInstanceOf(OpenAI.AuthenticationError)
  const { response } = await sdk(gateway).models.list().withResponse()
  expect(response.headers.get('cache-control')).toBe('no-store')
})
