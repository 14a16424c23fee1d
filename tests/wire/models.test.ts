import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { failureOf, post, sdk, user } from './_support/caller.ts'
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
  // What is no chat model cannot be called yet.
  expect(direct.filter((id) => /embedding|whisper|tts|image/.test(id))).toEqual([])
  await setShared(gateway, { route: 'auto' })
  expect(await listed()).toEqual(expect.arrayContaining(['groq/llama-3.3-70b-versatile', 'google/gemini-2.5-flash', ...direct]))
})

test('every model that is listed can be called', async () => {
  for (const route of ['direct', 'auto'] as const) {
    await setShared(gateway, { route, chain: [] })
    const refused: string[] = []
    for (const model of await listed()) {
      // A fault that ends the call before the provider looks at it: only our own refusals are of interest.
      const answer = await post(gateway, { model, messages: user('[[emulate status=418]]') })
      const { error } = (await answer.json()) as { error: { code: string } }
      if (error.code !== 'upstream_invalid_request') refused.push(`${model}: ${error.code}`)
    }
    expect(refused).toEqual([])
  }
}, 60_000)

test('retrieves one by its name, a dated one included, in the shape of OpenAI', async () => {
  const client = sdk(gateway)
  expect(await client.models.retrieve('openai/gpt-4o-mini')).toEqual({
    id: 'openai/gpt-4o-mini',
    object: 'model',
    created: 0,
    owned_by: 'openai',
  })
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
