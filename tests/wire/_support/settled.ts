import { expect, vi } from 'vitest'
import type { ServedCall } from '../../../src/emulator/index.ts'
import { expectBooksInOrder } from '../../_support/audit.ts'
import type { TestGateway } from '../../_support/gateway.ts'

/** A row of gateway_usage_logs, with the columns that tests look at. */
export interface UsageRow {
  call_id: string
  client_id: string
  request_id: string | null
  conversation_id: string | null
  phone: string | null
  source: string
  provider: string
  model_name: string
  via: string | null
  input_tokens: bigint
  output_tokens: bigint
  cached_tokens: bigint
  cache_write_tokens: bigint
  reasoning_tokens: bigint
  total_tokens: bigint
  latency_ms: number
  first_token_ms: number | null
  was_cached: boolean
  was_fallback: boolean
  fallback_reason: string | null
  attempts: Attempt[]
  cost_usd: string
  cost_brl: string
  usd_brl_rate: string
  rate_source: string
  rate_at: Date
  price_id: string
  status: string
  error_code: string | null
  flags: string[]
  charges: { budget_id: string; amount: number }[]
}

export interface Attempt {
  provider: string
  model: string
  via: string
  status?: number
  error?: string
  request_id?: string
  latency_ms: number
  cost_usd: string
  tokens: number
}

const patience = { timeout: 10_000, interval: 5 }

/** The call's row, once it is booked; there is never a second one. */
export async function settled(gateway: TestGateway, callId: string | null | undefined): Promise<UsageRow> {
  return await vi.waitFor(async () => {
    const rows = await gateway.database.query<UsageRow>('select * from gateway_usage_logs where call_id = $1', [callId])
    expect(rows, `rows of call ${callId}`).toHaveLength(1)
    return rows[0] as UsageRow
  }, patience)
}

/** What the emulator itself counted of the row's last attempt. */
export function oracleOf(gateway: TestGateway, row: Pick<UsageRow, 'request_id'>): ServedCall {
  const call = gateway.emulator.served().find((served) => served.requestId === row.request_id)
  if (!call) throw new Error(`the emulator knows nothing of ${row.request_id}`)
  return call
}

export interface Tokens {
  input: number | bigint
  cached?: number | bigint
  cacheWrite?: number | bigint
  output: number | bigint
}

/** A cost in nano-dollars from the registry's own columns, by the formula of the schema and none of the gateway's code. */
export async function costNanoUsd(gateway: TestGateway, row: Pick<UsageRow, 'provider' | 'model_name'>, tokens: Tokens): Promise<bigint> {
  const [price] = await gateway.database.query<Record<'input' | 'cached' | 'write' | 'output', string>>(
    `select input_price_per_million as input, coalesce(cached_input_price_per_million, input_price_per_million) as cached,
       coalesce(cache_write_price_per_million, input_price_per_million) as write, output_price_per_million as output
     from ai_models_registry where provider = $1 and model_name = $2`,
    [row.provider, row.model_name],
  )
  if (!price) throw new Error(`${row.provider}/${row.model_name} is not in the registry`)
  const [input, cached, cacheWrite, output] = [tokens.input, tokens.cached ?? 0, tokens.cacheWrite ?? 0, tokens.output].map(BigInt)
  const millionths =
    ((input ?? 0n) - (cached ?? 0n) - (cacheWrite ?? 0n)) * nano(price.input) +
    (cached ?? 0n) * nano(price.cached) +
    (cacheWrite ?? 0n) * nano(price.write) +
    (output ?? 0n) * nano(price.output)
  return (2n * millionths + 1_000_000n) / 2_000_000n
}

/** A decimal string in units of 1e-9. */
export function nano(decimal: string): bigint {
  const [whole = '0', fraction = ''] = decimal.split('.')
  return BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9))
}

/** Reais at the row's own rate, halves up, in units of 1e-9. */
function nanoBrlAt(row: Pick<UsageRow, 'usd_brl_rate'>, nanoUsd: bigint): bigint {
  return (2n * nanoUsd * nano(row.usd_brl_rate) + 1_000_000_000n) / 2_000_000_000n
}

/** Tokens are the emulator's own count, the cost is the registry's price of them, and rate and price stand on the row. */
export async function expectExact(gateway: TestGateway, row: UsageRow): Promise<void> {
  const oracle = oracleOf(gateway, row)
  expect(row).toMatchObject({
    input_tokens: BigInt(oracle.inputTokens),
    cached_tokens: BigInt(oracle.cachedTokens),
    cache_write_tokens: BigInt(oracle.cacheWriteTokens),
    output_tokens: BigInt(oracle.outputTokensServed),
    reasoning_tokens: BigInt(oracle.reasoningTokens),
    total_tokens: BigInt(oracle.inputTokens + oracle.outputTokensServed),
    rate_source: 'ptax',
  })
  const cost = await costNanoUsd(gateway, row, {
    input: oracle.inputTokens,
    cached: oracle.cachedTokens,
    cacheWrite: oracle.cacheWriteTokens,
    output: oracle.outputTokensServed,
  })
  expect(nano(row.cost_usd)).toBe(cost)
  await expectConverted(gateway, row)
}

/** The reais on the row are its dollars at its own rate, and its price is the registry's. */
export async function expectConverted(gateway: TestGateway, row: UsageRow): Promise<void> {
  expect(Number(row.usd_brl_rate)).toBe(5.4321)
  expect(row.rate_at).toBeInstanceOf(Date)
  expect(nano(row.cost_brl)).toBe(nanoBrlAt(row, nano(row.cost_usd)))
  const prices = await gateway.database.query('select 1 from ai_models_registry where price_id = $1 and model_name = $2', [
    row.price_id,
    row.model_name,
  ])
  expect(prices).toHaveLength(1)
}

/** The exchange rate is fetched in the background at start-up; before it is there, budgets in reais cannot be checked. */
export async function untilRateIsKnown(gateway: TestGateway): Promise<void> {
  await vi.waitFor(() => expect(gateway.server.context.rates.find()).toBeDefined(), patience)
}

/** By plain SQL, as an operator does it on a running gateway. */
export async function setShared(gateway: TestGateway, changes: { route?: 'auto' | 'direct' | 'vercel'; chain?: string[] }): Promise<void> {
  const { route = null, chain } = changes
  const set = chain === undefined ? null : JSON.stringify(chain)
  await gateway.database.query(
    'update shared_gateway_config set route = coalesce($1, route), default_fallback_chain = coalesce($2::jsonb, default_fallback_chain)',
    [route, set],
  )
  for (const { sharedConfig } of [gateway.server.context, ...(gateway.elsewhere ? [await gateway.elsewhere()] : [])]) {
    await vi.waitFor(async () => {
      const shared = await sharedConfig.get()
      if (route !== null) expect(shared.route).toBe(route)
      if (chain !== undefined) expect(shared.defaultFallbackChain).toEqual(chain)
    }, patience)
  }
}

/** No hold, no admission and nothing reserved is left, and every counter is the sum of the rows that moved it (R5). */
export async function expectBooksClosed(gateway: TestGateway): Promise<void> {
  await vi.waitFor(async () => {
    const open = await gateway.database.query(
      `select (select count(*) from budget_holds) as holds, (select count(*) from call_admissions) as admissions,
         (select coalesce(sum(reserved), 0) from budget_periods) as reserved, (select count(*) from usage_dead_letters) as dead`,
    )
    expect(open, 'what is still held').toEqual([{ holds: 0n, admissions: 0n, reserved: '0', dead: 0n }])
  }, patience)
  await expectBooksInOrder(gateway.database)
  const wrong = await gateway.database.query(
    `select p.budget_id, b.budget_type, p.used, summed.amount, p.used - summed.amount as difference
     from budget_periods p join budgets b on b.id = p.budget_id
     cross join lateral (
       select coalesce(sum(case b.budget_type when 'tokens' then u.total_tokens when 'usd' then round(u.cost_usd * 1000000000)
         else round(u.cost_brl * 1000000000) end), 0) as amount
       from gateway_usage_logs u where u.client_id = b.client_id and u.created_at >= p.period_start and u.created_at < p.period_end
         and u.charges @> jsonb_build_array(jsonb_build_object('budget_id', b.id))
     ) summed
     where p.used <> p.opening + summed.amount`,
  )
  expect(wrong).toEqual([])
}
