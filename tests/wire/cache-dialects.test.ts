import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
  await gateway.database.query('update shared_gateway_config set cache_enabled = true')
  gateway.server.context.sharedConfig.forget()
})
afterAll(() => gateway.close())

const models = ['openai/gpt-4o-mini', 'anthropic/claude-sonnet-4-5']
const say = 'reply with 12 words'

/** The same words in each dialect, whole and streamed, by passthrough and translated. */
const requests = models.flatMap((model) =>
  [false, true].flatMap((stream) => [
    { path: '/v1/chat/completions', body: { model, stream, messages: [{ role: 'user', content: say }] } },
    { path: '/v1/responses', body: { model, stream, input: say } },
    { path: '/v1/messages', body: { model, stream, max_tokens: 100, messages: [{ role: 'user', content: say }] } },
  ]),
)

async function ask({ path, body }: (typeof requests)[number], headers: Record<string, string> = {}) {
  const response = await fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.client.key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  return {
    status: response.status,
    cache: response.headers.get('x-catraca-cache'),
    type: response.headers.get('content-type'),
    body: await response.text(),
  }
}

test('every dialect is answered from the cache, each from its own answers', async () => {
  for (const request of requests) {
    const first = await ask(request)
    expect([request.path, request.body.model, first.status, first.cache]).toEqual([request.path, request.body.model, 200, 'miss'])
    expect(await ask(request)).toEqual({ ...first, cache: 'hit' })
  }
})

test('a beta that the caller asks for is part of the request', async () => {
  const request = {
    path: '/v1/messages',
    body: { model: 'anthropic/claude-sonnet-4-5', stream: false, max_tokens: 90, messages: [{ role: 'user', content: say }] },
  }
  expect((await ask(request)).cache).toBe('miss')
  expect((await ask(request, { 'anthropic-beta': 'context-1m-2025-08-07' })).cache).toBe('miss')
  expect((await ask(request, { 'anthropic-beta': 'context-1m-2025-08-07' })).cache).toBe('hit')
})
