import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Emulator, startEmulator } from './start-emulator.ts'

const dayMs = 86_400_000
let emulator: Emulator
let today: number

beforeAll(async () => {
  emulator = await startEmulator({ keys: ['sk-test-openai', 'sk-test-anthropic', 'vck_test'], adminKeys: ['sk-admin-test'] })
  today = Math.floor(Date.now() / dayMs) * dayMs
  await chat('reply with 7 words')
  await chat('reply with 5 words [[emulate cached=9]]')
  await chat('reply with 5 words [[emulate status=500]]')
  await chat('reply with 5 words [[emulate usage=absurd]]')
  await post('/openai/v1/embeddings', { model: 'text-embedding-3-small', input: 'olá' })
  const cached = { type: 'text', text: 'long prompt '.repeat(400), cache_control: { type: 'ephemeral', ttl: '1h' } }
  const message = {
    model: 'claude-haiku-4-5',
    max_tokens: 50,
    system: [cached],
    messages: [{ role: 'user', content: 'reply with 6 words' }],
  }
  await post('/anthropic/v1/messages', message, 'sk-test-anthropic')
  await post('/anthropic/v1/messages', message, 'sk-test-anthropic')
  await post('/anthropic/v1/messages/count_tokens', message, 'sk-test-anthropic')
  const byok = (key: string) => ({ providerOptions: { gateway: { byok: { openai: [{ apiKey: key }] } } } })
  const viaVercel = { model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'reply with 4 words' }] }
  await post('/vercel/v1/chat/completions', { ...viaVercel, ...byok('sk-test-openai') }, 'vck_test')
  await post('/vercel/v1/chat/completions', { ...viaVercel, ...byok('sk-not-accepted') }, 'vck_test')
})
afterAll(() => emulator.close())

async function post(path: string, body: object, key = 'sk-test-openai'): Promise<void> {
  const headers = { authorization: `Bearer ${key}`, 'x-api-key': key, 'content-type': 'application/json' }
  await (await fetch(`${emulator.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })).text()
}

function chat(content: string): Promise<void> {
  return post('/openai/v1/chat/completions', { model: 'gpt-4o-mini', messages: [{ role: 'user', content }] })
}

function get(path: string, query: Record<string, string>, headers: Record<string, string>): Promise<Response> {
  return fetch(`${emulator.url}${path}?${new URLSearchParams(query)}`, { headers })
}

async function anthropic(path: string, groupBy: string): Promise<Record<string, unknown>[]> {
  const query = { starting_at: new Date(today).toISOString(), ending_at: new Date(today + 2 * dayMs).toISOString(), 'group_by[]': groupBy }
  const response = await get(`/anthropic/v1/organizations/${path}`, query, {
    'x-api-key': 'sk-admin-test',
    'anthropic-version': '2023-06-01',
  })
  expect(response.status).toBe(200)
  const { data } = (await response.json()) as { data: { results: Record<string, unknown>[] }[] }
  return data.flatMap(({ results }) => results)
}

test('the official SDK reads OpenAI’s reports, and they are the truth', async () => {
  const client = new OpenAI({ apiKey: 'unused', adminAPIKey: 'sk-admin-test', baseURL: emulator.baseUrls.openai })
  const { usage } = client.admin.organization
  const query = { start_time: today / 1000, end_time: today / 1000 + 2 * 86_400, group_by: ['model' as const] }
  const served = emulator.served().filter((call) => call.model.endsWith('gpt-4o-mini') && call.status === 200 && call.byok !== false)
  const completions = await usage.completions(query)
  expect(completions.data).toHaveLength(2)
  expect(completions.data.flatMap(({ results }) => results)).toEqual([
    expect.objectContaining({
      model: 'gpt-4o-mini-2024-07-18',
      num_model_requests: 4,
      input_tokens: served.reduce((sum, call) => sum + call.inputTokens, 0),
      input_cached_tokens: 9,
      output_tokens: 7 + 5 + 5 + 4,
    }),
  ])
  const embeddings = await usage.embeddings(query)
  expect(embeddings.data.flatMap(({ results }) => results)).toMatchObject([{ model: 'text-embedding-3-small', num_model_requests: 1 }])
  const costs = await usage.costs({ ...query, group_by: ['line_item'] })
  const items = costs.data.flatMap(({ results }) => results) as unknown as { line_item: string; amount: { value: string } }[]
  const output = items.find(({ line_item }) => line_item === 'gpt-4o-mini-2024-07-18, output')
  expect(Number(output?.amount.value)).toBeCloseTo(21 * 0.6e-6, 15)
})

test('Anthropic’s reports tell input in parts and costs in cents; counting tokens is free', async () => {
  const [usage, ...more] = await anthropic('usage_report/messages', 'model')
  const [written, read] = emulator.served().filter(({ path }) => path.endsWith('/messages'))
  expect(more).toEqual([])
  expect(written?.cacheWriteTokens).toBeGreaterThan(1000)
  expect(usage).toMatchObject({
    model: 'claude-haiku-4-5-20251001',
    cache_creation: { ephemeral_1h_input_tokens: written?.cacheWriteTokens, ephemeral_5m_input_tokens: 0 },
    cache_read_input_tokens: read?.cachedTokens,
    output_tokens: 12,
  })
  const costs = await anthropic('cost_report', 'description')
  const cents = Object.fromEntries(costs.map((item) => [item.token_type, Number(item.amount)]))
  // US$ 1 a million in, 5 out, 2 for an hour's cache, 0.10 from it.
  expect(cents.output_tokens).toBeCloseTo(12 * 5e-4, 9)
  expect(cents['cache_creation.ephemeral_1h_input_tokens']).toBeCloseTo((written?.cacheWriteTokens ?? 0) * 2e-4, 9)
  expect(cents.cache_read_input_tokens).toBeCloseTo((read?.cachedTokens ?? 0) * 1e-5, 9)
  expect(costs.every((item) => item.model === 'claude-haiku-4-5-20251001' && item.currency === 'USD')).toBe(true)
})

test('pages follow each other, and a skew shows until it is taken back', async () => {
  const path = '/openai/v1/organization/usage/completions'
  const headers = { authorization: 'Bearer sk-admin-test' }
  const query = { start_time: String(today / 1000 - 9 * 86_400), end_time: String(today / 1000 + 86_400), 'group_by[]': 'model' }
  interface Page {
    has_more: boolean
    next_page: string | null
    data: { results: { output_tokens: number }[] }[]
  }
  const page = async (asked: Record<string, string>) => (await (await get(path, asked, headers)).json()) as Page
  const first = await page(query)
  expect(first).toMatchObject({ object: 'page', has_more: true, next_page: expect.stringMatching(/^page_/) })
  expect(first.data).toHaveLength(7)
  const second = await page({ ...query, page: first.next_page ?? '' })
  expect(second).toMatchObject({ has_more: false, next_page: null })
  expect(second.data).toHaveLength(3)
  const tokens = async () => (await page({ ...query, limit: '31' })).data.at(-1)?.results[0]?.output_tokens
  expect(await tokens()).toBe(21)
  const skew = (body: object) => fetch(`${emulator.url}/_emulator/report-skew`, { method: 'PUT', body: JSON.stringify(body) })
  expect((await skew({ 'gpt-4o-mini': 2 })).status).toBe(200)
  expect(await tokens()).toBe(42)
  expect((await skew({ 'gpt-4o-mini': 'much' })).status).toBe(400)
  emulator.skewReports({})
  expect(await tokens()).toBe(21)
})

test('only an admin key opens them, and only whole days are told', async () => {
  const path = '/openai/v1/organization/costs'
  const status = async (query: Record<string, string>, key: string) => (await get(path, query, { authorization: `Bearer ${key}` })).status
  const day = { start_time: String(today / 1000) }
  expect(await status(day, 'sk-test-openai')).toBe(403)
  expect(await status(day, 'sk-nobody')).toBe(401)
  expect(await status({}, 'sk-admin-test')).toBe(400)
  expect(await status({ ...day, bucket_width: '1h' }, 'sk-admin-test')).toBe(400)
  expect(await status({ ...day, limit: '99' }, 'sk-admin-test')).toBe(400)
  expect(await status({ ...day, page: 'page_nonsense' }, 'sk-admin-test')).toBe(400)
  const call = await fetch(`${emulator.baseUrls.openai}/models`, { headers: { authorization: 'Bearer sk-admin-test' } })
  expect(call.status).toBe(401)
})
