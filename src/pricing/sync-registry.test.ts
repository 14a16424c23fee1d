import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { loadPriceSource } from './load-price-source.ts'
import { loadRegistry } from './load-registry.ts'
import type { RegistryEntry } from './registry-entry.ts'
import { syncRegistry } from './sync-registry.ts'

let test: TestDatabase
let entries: RegistryEntry[]
beforeAll(async () => {
  test = await createTestDatabase()
  entries = await loadPriceSource('2026-11-22')
})
afterAll(() => test.drop())

const changed = (identifier: string, change: Partial<RegistryEntry>) =>
  entries.map((entry) => (entry.gateway_identifier === identifier ? { ...entry, ...change } : entry))

describe('syncRegistry', () => {
  it('changes nothing after the seed', async () => {
    const before = await test.database.query('select * from ai_models_registry order by id')
    expect(await syncRegistry(test.database, entries)).toEqual({ added: [], changed: [], kept: [] })
    expect(await test.database.query('select * from ai_models_registry order by id')).toEqual(before)
  })

  it('makes a changed price a new version, and only it', async () => {
    const before = (await loadRegistry(test.database)).get('openai/gpt-4o')
    const other = (await loadRegistry(test.database)).get('openai/gpt-4o-mini')
    const report = await syncRegistry(
      test.database,
      changed('openai/gpt-4o', { input_price_per_million: '2.25', aliases: ['gpt-4o-2027-01-01'] }),
    )
    expect(report).toEqual({
      added: [],
      kept: [],
      changed: [{ gatewayIdentifier: 'openai/gpt-4o', column: 'input_price_per_million', before: '2.5', after: '2.25' }],
    })
    const registry = await loadRegistry(test.database)
    expect(registry.get('gpt-4o-2027-01-01').prices.input).toBe(2_250_000_000n)
    expect(registry.get('gpt-4o-2024-08-06').priceId).not.toBe(before.priceId)
    expect(registry.get('openai/gpt-4o-mini').priceId).toBe(other.priceId)
    const [old] = await test.database.query<{ closed: boolean }>('select valid_to is not null as closed from model_prices where id = $1', [
      before.priceId,
    ])
    expect(old).toEqual({ closed: true })
    expect((await syncRegistry(test.database, entries)).changed).toHaveLength(1)
  })

  it('applies a changed tier', async () => {
    const tiers = [{ above_input_tokens: 128_000, output: '20' }]
    const report = await syncRegistry(test.database, changed('google/gemini-2.5-pro', { price_tiers: tiers }))
    expect(report.changed.map((change) => change.column)).toEqual(['price_tiers'])
    const [tier] = (await loadRegistry(test.database)).get('gemini-2.5-pro').prices.tiers
    expect(tier).toMatchObject({ aboveInputTokens: 128_000, input: 1_250_000_000n, output: 20_000_000_000n })
    await syncRegistry(test.database, entries)
  })

  it('adds a model that is new', async () => {
    const [first] = entries
    if (!first) throw new Error('unreachable')
    const fresh: RegistryEntry = {
      ...first,
      model_name: 'fresh',
      gateway_identifier: 'anthropic/fresh',
      vercel_identifier: null,
      aliases: ['fresh-20270101'],
    }
    expect((await syncRegistry(test.database, [...entries, fresh])).added).toEqual(['anthropic/fresh'])
    expect((await loadRegistry(test.database)).get('fresh-20270101')).toMatchObject({ provider: 'anthropic', modelName: 'fresh' })
  })

  it("leaves an operator's price alone and says so", async () => {
    await test.database.query(
      `update ai_models_registry set output_price_per_million = 0.7 where gateway_identifier = 'openai/gpt-4o-mini'`,
    )
    const report = await syncRegistry(test.database, entries)
    expect(report.changed).toEqual([])
    expect(report.kept).toEqual([
      { gatewayIdentifier: 'openai/gpt-4o-mini', column: 'output_price_per_million', before: '0.7', after: '0.6' },
    ])
    expect((await loadRegistry(test.database)).get('gpt-4o-mini').prices.output).toBe(700_000_000n)
  })

  it('does nothing by halves', async () => {
    const broken = changed('openai/o3', { input_price_per_million: '-1' })
    const withChange = broken.map((entry) =>
      entry.gateway_identifier === 'anthropic/claude-haiku-4-5' ? { ...entry, input_price_per_million: '7' } : entry,
    )
    await expect(syncRegistry(test.database, withChange)).rejects.toThrow('prices_not_negative')
    expect((await loadRegistry(test.database)).get('claude-haiku-4-5').prices.input).toBe(1_000_000_000n)
  })
})
