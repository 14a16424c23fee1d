import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toDecimal, usdToBrl } from '../shared/money.ts'
import { noUsage, type TokenUsage, tokenUsage } from '../usage/index.ts'
import { cost } from './cost.ts'
import { explainCost } from './explain-cost.ts'
import { type BookedAttempt, type BookedCost, judgeCost, priceIdsOf } from './judge-cost.ts'
import { fromPriceColumns, type PriceColumns } from './model-row.ts'
import type { PriceVersion } from './price-version.ts'

const columns: PriceColumns = {
  input_price_per_million: '0.15',
  output_price_per_million: '0.6',
  cached_input_price_per_million: '0.075',
  cache_write_price_per_million: null,
  cache_write_1h_price_per_million: null,
  price_per_audio_minute: null,
  price_per_character: null,
  price_per_image: null,
  minimum_audio_seconds: 0,
  price_tiers: [],
}

function version(id: string, changed: Partial<PriceColumns> = {}): PriceVersion {
  const prices = fromPriceColumns({ ...columns, ...changed })
  return {
    id,
    gatewayIdentifier: `acme/${id}`,
    source: 'operator',
    reference: undefined,
    validFrom: new Date(0),
    validTo: undefined,
    prices,
  }
}

const cheap = version('cheap')
const dear = version('dear', { input_price_per_million: '3', cache_write_price_per_million: '3.75', cache_write_1h_price_per_million: '6' })
const versions = new Map([cheap, dear].map((one) => [one.id, one]))
const usage = tokenUsage({ inputTokens: 1000, cachedTokens: 400, outputTokens: 201 })

/** A row that was booked as it must be, and what a test changes of it. */
function booked(changed: Partial<BookedCost> = {}, price = cheap): BookedCost {
  const counts = changed.usage ?? usage
  const usd = cost(price, counts).total
  return {
    apiType: 'chat',
    status: 'ok',
    wasCached: false,
    priceId: price.id,
    usage: counts,
    attempts: [attempt(price, counts)],
    // As a numeric(24, 12) arrives.
    costUsd: `${toDecimal(usd)}000`,
    costBrl: toDecimal(usdToBrl(usd, '5.4828')),
    usdBrlRate: '5.48280000',
    ...changed,
  }
}

function attempt(price: PriceVersion, counts: TokenUsage, rest: Partial<BookedAttempt> = {}): BookedAttempt {
  const costUsd = toDecimal(cost(price, counts).total)
  return { provider: 'acme', model: price.id, costUsd, tokens: counts.totalTokens, priceId: undefined, usage: undefined, ...rest }
}

const inOrder = { problems: [], undecidable: undefined }

describe('judgeCost', () => {
  it('computes again what was booked, whatever the tokens and the prices', () => {
    const tokens = fc.record({ input: fc.nat(3_000_000), cached: fc.nat(1000), write: fc.nat(1000), output: fc.nat(100_000) })
    fc.assert(
      fc.property(
        tokens,
        fc.constantFrom(cheap, version('cheap', { price_tiers: [{ above_input_tokens: 5000, input: '0.3' }] })),
        (t, price) => {
          const counts = tokenUsage({
            inputTokens: t.input + t.cached + t.write,
            cachedTokens: t.cached,
            cacheWriteTokens: t.write,
            outputTokens: t.output,
          })
          expect(judgeCost(booked({ usage: counts }, price), new Map([[price.id, price]]))).toEqual(inOrder)
        },
      ),
    )
  })

  it('finds a cost that is a nano-dollar off, in the row, and in its attempts', () => {
    const usd = toDecimal(cost(cheap, usage).total)
    const off = '0.000240601'
    expect(usd).toBe('0.0002406')
    const brl = toDecimal(usdToBrl(cost(cheap, usage).total, '5.4828'))
    expect(judgeCost(booked({ costUsd: off, attempts: [] }), versions).problems).toEqual([
      { what: 'cost_usd', booked: off, expected: usd },
      { what: 'cost_brl', booked: brl, expected: '0.001319167' },
    ])
    expect(judgeCost(booked({ attempts: [attempt(cheap, usage, { costUsd: off })] }), versions).problems).toEqual([
      { what: 'attempts_cost', booked: off, expected: usd },
    ])
  })

  it.each([
    ['another rate', { usdBrlRate: '5.5' }, 'cost_brl'],
    ['reais without a rate', { usdBrlRate: null }, 'cost_brl'],
    ['no reais with a rate', { costBrl: null }, 'cost_brl'],
    ['a cost finer than any', { costUsd: '0.0002406001' }, 'cost_usd'],
    ['no cost with a price', { costUsd: null, costBrl: null, attempts: [] }, 'cost_usd'],
    ['a price that never was', { priceId: 'gone' }, 'price'],
    ['a sum that is none', { usage: { ...usage, totalTokens: 1200 }, attempts: [] }, 'tokens'],
    ['more cached than read', { usage: { ...usage, cachedTokens: 1001 } }, 'tokens'],
    ['attempts of other tokens', { attempts: [attempt(cheap, usage, { tokens: 1200 })] }, 'attempts_tokens'],
    ['a cached answer that cost', { wasCached: true, attempts: [] }, 'cost_usd'],
  ] as const)('finds %s', (_, changed, what) => {
    expect(judgeCost(booked(changed), versions).problems.map((problem) => problem.what)).toContain(what)
  })

  it('prices estimates like anything else, and leaves the bounds of orphans alone', () => {
    expect(judgeCost(booked({ status: 'estimated' }), versions)).toEqual(inOrder)
    const orphan = booked({ status: 'orphaned', attempts: [], costUsd: '0.009', costBrl: '0.05' })
    expect(judgeCost(orphan, versions)).toEqual({ problems: [], undecidable: 'bound' })
  })

  it('takes what was refused for nothing, before or instead of an answer, as nothing', () => {
    const refused = attempt(dear, noUsage)
    expect(judgeCost(booked({ attempts: [refused, attempt(cheap, usage)] }), versions)).toEqual(inOrder)
    expect(judgeCost(booked({ usage: noUsage, attempts: [refused] }), versions)).toEqual(inOrder)
    expect(judgeCost(booked({ usage: noUsage, attempts: [refused], costUsd: '0.1' }), versions).problems).toHaveLength(3)
  })

  it('leaves undecided what only the sum is known of, and decides it where each attempt names its price and tokens', () => {
    const both = { ...usage, inputTokens: 2000, cachedTokens: 800, outputTokens: 402, totalTokens: 2402 }
    const usd = cost(cheap, usage).total + cost(dear, usage).total
    const sums = { usage: both, costUsd: toDecimal(usd as typeof usd & ReturnType<typeof cost>['total']), costBrl: null, usdBrlRate: '5' }
    const amounts = { ...sums, costBrl: toDecimal(usdToBrl(usd as ReturnType<typeof cost>['total'], '5')) }
    const plain = [attempt(dear, usage), attempt(cheap, usage)]
    expect(judgeCost(booked({ ...amounts, attempts: plain }), versions)).toEqual({ problems: [], undecidable: 'several_attempts' })
    const itemised = [attempt(dear, usage, { priceId: 'dear', usage }), attempt(cheap, usage, { priceId: 'cheap', usage })]
    const row = booked({ ...amounts, attempts: itemised })
    expect(priceIdsOf(row)).toEqual(['cheap', 'dear', 'cheap'])
    expect(judgeCost(row, versions)).toEqual(inOrder)
    // Each attempt is looked at on its own: two errors that cancel out are two.
    const swapped = itemised.map((one, index) => ({ ...one, costUsd: itemised[1 - index]?.costUsd }))
    expect(judgeCost({ ...row, attempts: swapped }, versions).problems.map(({ what }) => what)).toEqual(['attempt_cost', 'attempt_cost'])
  })

  it('knows between which amounts a cache write lies whose time nobody wrote down', () => {
    const counts = tokenUsage({ inputTokens: 1000, cacheWriteTokens: 100, outputTokens: 1 })
    const at = (oneHour: number) => {
      const total = cost(dear, { ...counts, cacheWriteOneHourTokens: oneHour }).total
      return judgeCost(booked({ usage: counts, costUsd: toDecimal(total), costBrl: null, usdBrlRate: null, attempts: [] }, dear), versions)
    }
    expect([at(0), at(100)]).toEqual([inOrder, inOrder])
    expect(at(50)).toEqual({ problems: [], undecidable: 'one_hour_cache_writes' })
    const above = booked({ usage: counts, costUsd: '1', costBrl: null, usdBrlRate: null, attempts: [] }, dear)
    expect(judgeCost(above, versions).problems).toMatchObject([{ what: 'cost_usd', booked: '1' }])
  })

  it('leaves alone what names no price or is not billed by tokens', () => {
    expect(judgeCost(booked({ priceId: undefined }), versions).undecidable).toBe('no_price')
    expect(judgeCost(booked({ apiType: 'speech' }), versions).undecidable).toBe('units')
    const second = { ...attempt(cheap, noUsage), costUsd: '0.001' }
    const twice = booked({ apiType: 'speech', usage: noUsage, units: { characters: 9 }, attempts: [second, second] })
    expect(judgeCost(twice, versions).undecidable).toBe('several_attempts')
    const unpriced = booked({ priceId: undefined, costUsd: null, costBrl: null, attempts: [] })
    expect(judgeCost(unpriced, versions)).toEqual({ problems: [], undecidable: 'no_price' })
  })
})

describe('judgeCost of what is billed by units', () => {
  const spoken = version('spoken', { input_price_per_million: null, output_price_per_million: null, price_per_character: '0.000015' })
  const units = { characters: 100 }
  const row = (costUsd: string) =>
    booked(
      {
        apiType: 'speech',
        usage: noUsage,
        units,
        costUsd,
        costBrl: null,
        usdBrlRate: null,
        attempts: [{ ...attempt(spoken, noUsage), costUsd }],
      },
      spoken,
    )

  it('computes it again from the units on the row', () => {
    const known = new Map([[spoken.id, spoken]])
    expect(judgeCost(row('0.0015'), known)).toEqual({ problems: [], undecidable: undefined })
    expect(judgeCost(row('0.0016'), known).problems).toMatchObject([{ what: 'cost_usd', booked: '0.0016', expected: '0.0015' }])
  })
})

describe('explainCost', () => {
  it('shows the products that the cost is the sum of, and the tier that a long prompt is on', () => {
    const tiered = version('t', { price_tiers: [{ above_input_tokens: 500, input: '0.3', output: '1' }] })
    const explained = explainCost(tiered.prices, usage)
    expect(explained).toEqual({
      parts: [
        { part: 'input', tokens: 600, nanoUsdPerMillion: 300_000_000n },
        { part: 'cached', tokens: 400, nanoUsdPerMillion: 300_000_000n },
        { part: 'cache_write', tokens: 0, nanoUsdPerMillion: 300_000_000n },
        { part: 'output', tokens: 201, nanoUsdPerMillion: 1_000_000_000n },
      ],
      total: cost(tiered, usage).total,
      tierAboveInputTokens: 500,
    })
  })
})
