import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Upstream } from './provider.ts'
import { createUpstream } from './upstream.ts'

const key = 'sk-admin-test-made-up'
const days = { from: new Date('2026-11-21T00:00:00Z'), to: new Date('2026-11-22T00:00:00Z') }

let server: Server
let upstream: Upstream
let answer: (request: IncomingMessage, response: ServerResponse) => void
let seen: { url: string; headers: IncomingMessage['headers'] }[]

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push({ url: request.url ?? '', headers: request.headers })
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  upstream = createUpstream({ baseUrls: { openai: url, groq: url, anthropic: url, google: url, vercel: url }, userAgent: 'catraca-test' })
})
afterAll(async () => {
  await upstream.close()
  server.close()
})

function ask(provider: 'openai' | 'anthropic' | 'groq', respond: typeof answer) {
  seen = []
  answer = respond
  return upstream.readUsageReport(provider, key, days)
}

const json =
  (body: unknown, status = 200) =>
  (_request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json', location: 'http://127.0.0.1:9/' }).end(JSON.stringify(body))
  }
const page = (...results: object[]) => ({ data: [{ results }], has_more: false, next_page: null })

it('asks OpenAI for each kind and for the costs, and reads lines of invoices', async () => {
  const result = await ask('openai', (request, response) => {
    const isCosts = request.url?.includes('/costs') === true
    const costs = [
      { amount: { value: '0.5', currency: 'usd' }, line_item: 'gpt-4o-2024-08-06, cached input' },
      { amount: { value: 0.25, currency: 'usd' }, line_item: 'priority | gpt-5, output, long context' },
      { amount: { value: 1, currency: 'usd' }, line_item: 'web search tool calls' },
      { amount: { value: 2, currency: 'usd' }, line_item: null },
    ]
    const usage = request.url?.includes('/completions')
      ? [{ model: 'gpt-5', num_model_requests: 2, input_tokens: 9, output_tokens: 3 }]
      : []
    json(page(...(isCosts ? costs : usage)))(request, response)
  })
  expect(result).toMatchObject({
    ok: true,
    usage: [
      { model: 'gpt-5', calls: 2, inputTokens: 9, cachedTokens: 0, outputTokens: 3, costUsd: undefined },
      { model: 'gpt-4o-2024-08-06', costUsd: 500_000_000n, calls: undefined },
      { model: 'gpt-5', costUsd: 250_000_000n },
      { model: 'web search tool calls', costUsd: 1_000_000_000n },
      { model: '(costs without a line item)', costUsd: 2_000_000_000n },
    ],
  })
  expect(seen).toHaveLength(6)
  expect(seen[0]?.url).toBe(
    '/v1/organization/usage/completions?start_time=1795219200&end_time=1795305600&bucket_width=1d&limit=31&group_by%5B%5D=model',
  )
  expect(seen.every(({ headers }) => headers.authorization === `Bearer ${key}` && headers['user-agent'] === 'catraca-test')).toBe(true)
})

it('asks Anthropic with its own headers, and adds the parts of input up', async () => {
  const result = await ask('anthropic', (request, response) => {
    const written = { ephemeral_5m_input_tokens: 3, ephemeral_1h_input_tokens: 4 }
    const usage = { model: 'claude-x', uncached_input_tokens: 1, cache_read_input_tokens: 2, cache_creation: written, output_tokens: 5 }
    const costs = [
      { amount: '123.45', currency: 'USD', model: 'claude-x' },
      { amount: '1', currency: 'USD', model: null, description: 'Web Search Usage' },
    ]
    json(request.url?.includes('cost_report') ? page(...costs) : page(usage))(request, response)
  })
  expect(result).toMatchObject({
    ok: true,
    usage: [
      { model: 'claude-x', calls: undefined, inputTokens: 10, cachedTokens: 2, outputTokens: 5 },
      { model: 'claude-x', costUsd: 1_234_500_000n },
      { model: 'Web Search Usage', costUsd: 10_000_000n },
    ],
  })
  expect(seen[0]?.url).toMatch(/^\/v1\/organizations\/usage_report\/messages\?starting_at=2026-11-21T00%3A00%3A00Z&/)
  expect(seen[0]?.headers).toMatchObject({ 'x-api-key': key, 'anthropic-version': '2023-06-01' })
})

it.each<[string, typeof answer]>([
  ['refused the key in OPENAI_ADMIN_KEY (status 401): it takes an admin key', json({ error: { message: `no such key ${key}` } }, 401)],
  ['answered with status 500 when asked for its usage report.', json({ error: key }, 500)],
  ['answered with status 302 ', json({}, 302)],
  ['answered with something that is no JSON.', (_request, response) => response.end(`<html>${key}`)],
  ['answered with something that is no report.', json({ data: key })],
  ['answered with a report whose days cannot be read.', json({ data: [{ results: 7 }] })],
  ['did not name the models in its report of completions.', json(page({ model: null, input_tokens: 4 }))],
  ['has a report whose input_tokens cannot be read (-4).', json(page({ model: 'm', input_tokens: -4 }))],
  ['says that its report goes on, but not where.', json({ data: [], has_more: true })],
  ['has a report that does not end after 100 pages.', json({ data: [], has_more: true, next_page: 'again' })],
  ['answered with a report that is too long.', (_request, response) => response.end(Buffer.alloc(17 * 1024 * 1024))],
  ['could not be reached.', (request) => request.socket.destroy()],
  ['could not be reached.', (_request, response) => response.writeHead(200).write('{', () => response.destroy())],
])('says that OpenAI %s', async (message, respond) => {
  const result = await ask('openai', respond)
  expect(result).toEqual({ ok: false, message: expect.stringContaining(`OpenAI ${message}`) })
  expect(JSON.stringify(result)).not.toContain(key)
})

it('knows who cannot be asked', async () => {
  expect(await ask('groq', json({}))).toEqual({ ok: false, message: 'Groq has no usage report that can be asked for.' })
  expect(seen).toEqual([])
})
