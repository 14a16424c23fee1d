import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import type { Queryable } from '../database/index.ts'
import { loadRegistry } from './load-registry.ts'

let test: TestDatabase
beforeAll(async () => {
  test = await createTestDatabase()
})
afterAll(() => test.drop())

const insert = (columns: string, values: string) =>
  `insert into ai_models_registry (provider, model_name, ${columns}) values ('acme', 'm', ${values})`
const chat = insert('api_type, input_price_per_million, output_price_per_million', `'chat', 1, 2`)

/** Runs as a role and leaves nothing behind. */
async function rolledBack(role: string, run: (tx: Queryable) => Promise<void>): Promise<void> {
  const undo = new Error('undo')
  const done = test.database.transaction(async (tx) => {
    await tx.query(`set local role ${role}`)
    await run(tx)
    throw undo
  })
  await expect(done).rejects.toBe(undo)
}

describe('the seeded registry', () => {
  it('answers the guide and the gateway', async () => {
    const rows = await test.database.query(`SELECT * FROM ai_models_registry WHERE provider = 'openai'`)
    expect(rows.length).toBeGreaterThan(30)
    const registry = await loadRegistry(test.database)
    const mini = registry.get('gpt-4o-mini-2024-07-18')
    expect(mini).toMatchObject({
      provider: 'openai',
      modelName: 'gpt-4o-mini',
      gatewayIdentifier: 'openai/gpt-4o-mini',
      vercelIdentifier: 'openai/gpt-4o-mini',
      apiType: 'chat',
      contextWindow: 128_000,
      maxOutputTokens: 16_384,
      defaultMaxOutputTokens: 4096,
      capabilities: { input: ['text', 'image'], tools: true, structuredOutput: true, reasoning: false, responsesOnly: false },
      prices: { input: 150_000_000n, cachedInput: 75_000_000n, cacheWrite: 150_000_000n, output: 600_000_000n, tiers: [] },
    })
    const [price] = await test.database.query('select gateway_identifier, valid_to from model_prices where id = $1', [mini.priceId])
    expect(price).toEqual({ gateway_identifier: 'openai/gpt-4o-mini', valid_to: null })
    expect(registry.get('gemini-2.5-pro').prices.tiers).toEqual([
      {
        aboveInputTokens: 200_000,
        input: 2_500_000_000n,
        cachedInput: 250_000_000n,
        cacheWrite: 2_500_000_000n,
        cacheWriteOneHour: 2_500_000_000n,
        output: 15_000_000_000n,
      },
    ])
  })

  it('leaves out what is switched off or not valid now', async () => {
    expect((await loadRegistry(test.database)).find('openai/dall-e-3')).toBeUndefined()
    await rolledBack('catraca_gateway', async (tx) => {
      await tx.query(chat)
      expect((await loadRegistry(tx)).find('acme/m')).toBeDefined()
      await tx.query(
        `update ai_models_registry set valid_from = now() - interval '2 h', valid_to = now() - interval '1 h' where provider = 'acme'`,
      )
      expect((await loadRegistry(tx)).find('acme/m')).toBeUndefined()
    })
  })
})

describe('what the table refuses', () => {
  it.each([
    ['a negative price', insert('api_type, input_price_per_million, output_price_per_million', `'chat', -0.01, 2`), 'prices_not_negative'],
    [
      'a price that is no number',
      insert('api_type, input_price_per_million, output_price_per_million', `'chat', 'NaN', 2`),
      'prices_not_negative',
    ],
    ['an endless price', insert('api_type, price_per_image', `'image', 'Infinity'`), 'prices_not_negative'],
    ['a negative price of a unit', insert('api_type, price_per_audio_minute', `'transcription', -1`), 'prices_not_negative'],
    ['a price finer than a nano-dollar', insert('api_type, input_price_per_million', `'embeddings', 0.0000000001`), 'prices_not_too_fine'],
    ['a chat model without an output price', insert('api_type, input_price_per_million', `'chat', 1`), 'priced'],
    ['a speech model without any price', insert('api_type', `'speech'`), 'priced'],
    ['an unknown kind', insert('api_type, input_price_per_million', `'video', 1`), 'api_type_check'],
    [
      'a negative price in a tier',
      insert('api_type, input_price_per_million, price_tiers', `'embeddings', 1, '[{"above_input_tokens": 9, "input": "-1"}]'`),
      'price_tiers',
    ],
    [
      'a number as a price in a tier',
      insert('api_type, input_price_per_million, price_tiers', `'embeddings', 1, '[{"above_input_tokens": 9, "input": 1}]'`),
      'price_tiers',
    ],
    [
      'a tier without a threshold',
      insert('api_type, input_price_per_million, price_tiers', `'embeddings', 1, '[{"input": "1"}]'`),
      'price_tiers',
    ],
    [
      'a second model of one name',
      insert('gateway_identifier, api_type, input_price_per_million', `'openai/gpt-4o', 'embeddings', 1`),
      'gateway_identifier_key',
    ],
  ])('%s', async (_what, sql, constraint) => {
    await expect(test.database.query(sql)).rejects.toThrow(constraint)
  })
})

describe('price versions', () => {
  it('keeps every price that a model had, also for a change by plain SQL, and who it came from', async () => {
    await test.database.query(chat)
    const before = (await loadRegistry(test.database)).get('acme/m')
    await test.database.query(`update ai_models_registry set input_price_per_million = 3 where gateway_identifier = 'acme/m'`)
    await test.database.query(
      `update ai_models_registry set is_active = true, aliases = '{n}', price_id = gen_random_uuid() where gateway_identifier = 'acme/m'`,
    )
    const after = (await loadRegistry(test.database)).get('acme/n')
    expect(after.prices.input).toBe(3_000_000_000n)
    expect(after.priceId).not.toBe(before.priceId)
    const history = await test.database.query<{ id: string; price: string; open: boolean; meets: boolean | null }>(
      `select id, input_price_per_million as price, valid_to is null as open, valid_to = lead(valid_from) over (order by valid_from) as meets
       from model_prices where gateway_identifier = 'acme/m' order by valid_from`,
    )
    expect(history).toEqual([
      { id: before.priceId, price: '1', open: false, meets: true },
      { id: after.priceId, price: '3', open: true, meets: null },
    ])
    await test.database.query(`delete from ai_models_registry where gateway_identifier = 'acme/m'`)
    const open = await test.database.query(`select id from model_prices where gateway_identifier = 'acme/m' and valid_to is null`)
    expect(open).toEqual([])
  })
})

describe('roles', () => {
  it('lets signed-in people read active models and nothing else', async () => {
    await rolledBack('authenticated', async (tx) => {
      const rows = await tx.query<{ is_active: boolean }>('select is_active from ai_models_registry')
      expect(rows.length).toBeGreaterThan(100)
      expect(rows.every((row) => row.is_active)).toBe(true)
    })
  })

  it.each([
    ['anon', 'select * from ai_models_registry'],
    ['anon', 'select * from exchange_rates'],
    ['authenticated', 'update ai_models_registry set input_price_per_million = 0'],
    ['authenticated', 'delete from ai_models_registry'],
    ['authenticated', 'select * from model_prices'],
    ['authenticated', 'select * from exchange_rates'],
    ['catraca_gateway', 'update model_prices set input_price_per_million = 0'],
    ['catraca_gateway', 'delete from exchange_rates'],
    ['catraca_gateway', 'update exchange_rates set rate = 6'],
  ])('does not let %s %s', async (role, sql) => {
    await rolledBack(role, async (tx) => {
      await expect(tx.query(sql)).rejects.toThrow(/permission denied/)
    })
  })

  it('lets the gateway change a price, and its history follow', async () => {
    await rolledBack('catraca_gateway', async (tx) => {
      await tx.query(`update ai_models_registry set input_price_per_million = 9 where gateway_identifier = 'openai/gpt-4o'`)
      const [row] = await tx.query<{ versions: bigint }>(
        `select count(*) as versions from model_prices where gateway_identifier = 'openai/gpt-4o'`,
      )
      expect(row?.versions).toBe(2n)
    })
  })

  it('overwrites no rate, whoever asks', async () => {
    await expect(test.database.query('update exchange_rates set rate = 6')).rejects.toThrow(/append-only/)
  })
})

it('tells every replica of a change', async () => {
  let heard: (payload: string) => void = () => {}
  const payload = new Promise<string>((resolve) => {
    heard = resolve
  })
  const stop = await test.database.listen('catraca_changed', (text) => heard(text))
  await test.database.query(`update ai_models_registry set is_active = is_active where provider = 'groq'`)
  expect(await payload).toBe('ai_models_registry')
  await stop()
})
