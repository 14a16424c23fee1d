import OpenAI from 'openai'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type AdminClient, adminClient, adminToken } from '../_support/admin-client.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'

let gateway: TestGateway
let ask: AdminClient['ask']

beforeAll(async () => {
  gateway = await startTestGateway({ env: { CATRACA_ADMIN_TOKEN: adminToken } })
  ask = adminClient(gateway.url).ask
})
afterAll(() => gateway.close())

interface Listed {
  items: { id: string; gateway_identifier: string; input_price_per_million: string }[]
  total: number
}

it('lists the registry, prices a model anew as a version, switches it off and on, and tests it', async () => {
  const { body } = await ask<Listed>('GET', '/models?search=openai/gpt-4o-mini&api_type=chat')
  const model = body.items.find((each) => each.gateway_identifier === 'openai/gpt-4o-mini')
  expect(model).toMatchObject({
    input_price_per_million: '0.15',
    output_price_per_million: '0.6',
    is_active: true,
    price_source: 'catalogue',
  })

  const changed = await ask('PATCH', `/models/${model?.id}`, { input_price_per_million: '0.2' })
  expect(changed.body).toMatchObject({ input_price_per_million: '0.2', output_price_per_million: '0.6', price_source: 'operator' })
  const versions = await gateway.database.query(
    'select trim_scale(input_price_per_million) as price, valid_to is null as open from model_prices where model_id = $1 order by valid_from',
    [model?.id],
  )
  expect(versions).toEqual([
    { price: '0.15', open: false },
    { price: '0.2', open: true },
  ])

  const test = await ask('POST', '/models/test', { client: 'agencia', model: 'openai/gpt-4o-mini' })
  expect(test.body, JSON.stringify(test)).toMatchObject({ model: 'gpt-4o-mini', provider: 'openai', total_tokens: expect.any(Number) })
  await ask('PATCH', `/models/${model?.id}`, { is_active: false })
  await expect
    .poll(async () => (await ask('POST', '/models/test', { client: 'agencia', model: 'openai/gpt-4o-mini' })).status, { timeout: 15_000 })
    .toBe(404)
})

it('says what a refresh of the prices would change, and changes nothing before it is wanted', async () => {
  await gateway.database.query("delete from ai_models_registry where gateway_identifier = 'groq/llama-3.3-70b-versatile'")
  const preview = await ask<{ added: string[]; kept: object[] }>('POST', '/models/sync', { preview: true })
  expect(preview.body.added).toContain('groq/llama-3.3-70b-versatile')
  expect(preview.body.kept).toMatchObject([{ model: 'openai/gpt-4o-mini', column: 'input_price_per_million', before: '0.2' }])
  expect((await ask<Listed>('GET', '/models?search=groq/llama-3.3-70b-versatile')).body.total).toBe(0)
  await ask('POST', '/models/sync', { preview: false })
  expect((await ask<Listed>('GET', '/models?search=groq/llama-3.3-70b-versatile')).body.total).toBe(1)
})

it('says whose models there can be, and at what rate dollars are converted', async () => {
  const names = await ask<string[]>('GET', '/provider-names')
  expect(names.body).toEqual(expect.arrayContaining(['openai', 'groq', 'anthropic', 'google']))
  const { body } = await ask('GET', '/exchange-rate')
  const quoted = { brl_for_one_usd: expect.stringMatching(/^\d\.\d+$/), source: expect.any(String), is_stale: expect.any(Boolean) }
  expect(body).toMatchObject({ rate: quoted })
})

it('chats as a client without its key, streamed, and books it as a test', async () => {
  const playground = new OpenAI({ apiKey: adminToken, baseURL: `${gateway.url}/api/admin/clients/agencia`, maxRetries: 0 })
  const stream = await playground.chat.completions.create({
    model: 'groq/llama-3.3-70b-versatile',
    stream: true,
    messages: [{ role: 'user', content: 'oi' }],
  })
  let text = ''
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
  expect(text).not.toBe('')
  const rows = () => gateway.database.query("select source, model_name from gateway_usage_logs where model_name like 'llama%'")
  await expect.poll(rows, { timeout: 15_000 }).toEqual([{ source: 'test', model_name: 'llama-3.3-70b-versatile' }])
  const stranger = new OpenAI({ apiKey: gateway.client.key, baseURL: `${gateway.url}/api/admin/clients/agencia`, maxRetries: 0 })
  const refused = stranger.chat.completions.create({ model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'oi' }] })
  await expect(refused).rejects.toMatchObject({ status: 401 })
})
