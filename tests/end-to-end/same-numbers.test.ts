import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inviteUser } from '../../src/accounts/index.ts'
import type { AdminApi } from '../../src/http/admin/index.ts'
import type { PortalApi } from '../../src/http/portal/index.ts'
import { newId } from '../../src/shared/id.ts'
import { formatDecimal, parseDecimal } from '../../src/shared/money.ts'
import { type AdminClient, adminClient, adminToken, readCsv } from '../_support/admin-client.ts'
import { expectBooksInOrder } from '../_support/audit.ts'
import { Browser } from '../_support/browser.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { addBudget } from '../_support/ledger.ts'
import { type CliRun, runCommand } from '../_support/terminal.ts'

type Admin<Route extends keyof AdminApi> = AdminApi[Route]['output']
type Portal<Route extends keyof PortalApi> = PortalApi[Route]['output']

/** What every place that shows sums says of the same calls. */
interface Told {
  calls: number
  errors: number
  total_tokens: number
  cost_brl: string | null
  cost_usd: string | null
}

let gateway: TestGateway
let admin: AdminClient
let portal: AdminClient
let zone: string
let month: string
let client: string

/**
 * The truth as it is known in the end: a whole answer, an error and an answer by another model that were estimates for a while, an estimate
 * that nothing corrects, a call that never came to pass, one without a price, one without an exchange rate, one from the cache, and one whole from the start.
 */
const calls = [
  { cost_brl: '1.172839455', cost_usd: '0.234567891', total_tokens: 101, estimate: true },
  { cost_brl: '0.00000001', cost_usd: '0.000000002', total_tokens: 7, status: 'error', error_code: 'stream_cut', estimate: true },
  { cost_brl: '0.5', cost_usd: '0.1', total_tokens: 9, provider: 'groq', model_name: 'other', was_fallback: true, estimate: true },
  { cost_brl: '3', cost_usd: '0.6', total_tokens: 800, status: 'orphaned' },
  { cost_brl: '0', cost_usd: '0', total_tokens: 0, released: true, estimate: true },
  { cost_brl: null, cost_usd: null, total_tokens: 11 },
  { cost_brl: null, cost_usd: '0.3', usd_brl_rate: null, total_tokens: 19 },
  { cost_brl: '0', cost_usd: '0', total_tokens: 13, was_cached: true, saved_brl: '0.75', saved_usd: '0.15' },
  { cost_brl: '0.07070707', cost_usd: '0.014141414', total_tokens: 17 },
]
const truth: Told = sumOf(calls.map((call) => ({ calls: 1, errors: call.status === 'error' ? 1 : 0, ...call })))

function sumOf(parts: readonly Told[]): Told {
  const sum = (of: (part: Told) => number) => parts.reduce((total, part) => total + of(part), 0)
  const amounts = (of: (part: Told) => string | null) =>
    formatDecimal(
      parts.reduce((total, part) => total + parseDecimal(of(part) ?? '0', 12), 0n),
      12,
    )
  return {
    calls: sum((part) => part.calls),
    errors: sum((part) => part.errors),
    total_tokens: sum((part) => part.total_tokens),
    cost_brl: amounts((part) => part.cost_brl),
    cost_usd: amounts((part) => part.cost_usd),
  }
}

const told = (found: Told | undefined): Told | undefined => found && sumOf([found])

/** Calls that a list shows, as sums of one each. */
function ofCalls(rows: readonly { status: string; total_tokens: unknown; cost_brl: string | null; cost_usd: string | null }[]): Told {
  return sumOf(rows.map((row) => ({ ...row, calls: 1, errors: Number(row.status === 'error'), total_tokens: Number(row.total_tokens) })))
}

const run = (...argv: string[]): Promise<CliRun> => runCommand(gateway.env, ...argv)
const settle = (records: object[]) => gateway.database.query('select ledger_settle($1::jsonb)', [JSON.stringify(records)])

function recordOf(client_id: string, call: { total_tokens: number } & Record<string, unknown>) {
  return {
    call_id: newId(),
    client_id,
    created_at: new Date().toISOString(),
    source: 'api',
    api_type: 'chat',
    provider: 'openai',
    model_name: 'gpt-4o-mini',
    via: 'direct',
    input_tokens: 0,
    output_tokens: call.total_tokens,
    cached_tokens: 0,
    cache_write_tokens: 0,
    reasoning_tokens: 0,
    attempts: [],
    flags: [],
    was_cached: false,
    was_fallback: false,
    status: 'ok',
    usd_brl_rate: '5',
    unadmitted: true,
    ...call,
  }
}

beforeAll(async () => {
  gateway = await startTestGateway({ env: { CATRACA_ADMIN_TOKEN: adminToken } })
  admin = adminClient(gateway.url)
  // Where it is about noon: no midnight comes between two looks.
  const hours = 12 - new Date().getUTCHours()
  zone = hours === 0 ? 'Etc/UTC' : `Etc/GMT${hours > 0 ? '-' : '+'}${Math.abs(hours)}`
  month = new Date(Date.now() + hours * 3_600_000).toISOString().slice(0, 7)
  client = (await gateway.addClient({ slug: 'conta' })).id
  await gateway.database.query('update clients set time_zone = $2 where id = $1', [client, zone])
  await addBudget(gateway.database, client, { type: 'brl', period: 'monthly', limit: 100, hard: false })
  await addBudget(gateway.database, client, { type: 'usd', period: 'daily', limit: 100, hard: false })
  await addBudget(gateway.database, client, { type: 'tokens', period: 'weekly', limit: 100_000, hard: false })
  const now = Date.now()
  const records = calls.map(({ estimate = false, released = false, ...call }, index) => {
    const record = recordOf(client, { created_at: new Date(now - index).toISOString(), ...call })
    const { call_id } = record
    const bound = { status: 'orphaned', error_code: null, cost_brl: '50', cost_usd: '10', total_tokens: 5_000, output_tokens: 5_000 }
    const estimated = { ...record, ...bound, provider: 'openai', model_name: 'gpt-4o-mini', was_fallback: false }
    return estimate ? [estimated, released ? { call_id, void: true } : record] : [record]
  })
  await settle(records.flatMap(([first]) => (first ? [first] : [])))
  await settle(records.flatMap(([, late]) => (late ? [late] : [])))
  const { token } = await inviteUser(gateway.database, { email: 'ana@example.com', role: 'client', clientId: client }, 'test')
  const browser = new Browser(gateway.url)
  await browser.post('/accept-invitation', { token, name: 'Ana', password: 'a long password of Ana' })
  portal = adminClient(gateway.url, '/api/portal', browser.cookie)
})
afterAll(() => gateway?.close())

describe('calls whose truth came late are the same number', () => {
  it('in the rows and totals of catraca usage, which says what was told late', async () => {
    interface Report {
      rows: { status: string; was_corrected: boolean; total_tokens: number; cost_brl: string | null; cost_usd: string | null }[]
      totals: Told
      time_zone: string
    }
    for (const scope of [
      ['--client', 'conta'],
      ['--client', 'conta', '--since', '2h'],
      ['--since', '2h'],
    ]) {
      const report = (await run('usage', '--json', ...scope)).json<Report>()
      expect(told(report.totals), scope.join(' ')).toEqual(truth)
      expect(ofCalls(report.rows), scope.join(' ')).toEqual(truth)
      expect(report.rows.filter((row) => row.was_corrected).map(({ status }) => status)).toEqual(['ok', 'error', 'ok', 'released'])
      expect(report.time_zone).toBe(scope[0] === '--client' ? zone : 'America/Sao_Paulo')
    }
    const { stdout } = await run('usage', '--client', 'conta')
    expect(stdout).toMatch(
      / ok \(told late\)\n.* error \(told late, stream_cut\)\n.* ok \(told late, fallback\)\n.* orphaned\n.* released \(/,
    )
    expect(stdout).toMatch(/\nTotal today: 9 calls, 977 tokens, R\$ 4\.74, US\$ 1\.25\nSince [\d-]+ 00:00(:00)? \(Etc\//)
    expect((await run('usage', '--client', 'conta', '--limit', '3')).stdout).toMatch(
      /Total today: 9 calls.*, the newest 3 shown \(--limit\)\n/,
    )
  })

  it('in the sums of catraca usage --by', async () => {
    for (const by of ['client', 'model', 'day']) {
      const { groups } = (await run('usage', '--by', by, '--client', 'conta', '--json')).json<{ groups: Told[] }>()
      expect(sumOf(groups), by).toEqual(truth)
    }
  })

  it('says everywhere how many of them are in no sum of reais, which are estimates, and what the cache saved', async () => {
    const gaps = { unpriced: 2, orphaned: 1, cache_hits: 1, saved_brl: '0.75' }
    expect((await admin.get<Admin<'GET /clients/:client/statement'>>(`/clients/conta/statement?month=${month}`)).total).toMatchObject(gaps)
    const { today } = await admin.get<Admin<'GET /overview'>>(`/overview?time_zone=${encodeURIComponent(zone)}`)
    expect(today.now).toMatchObject(gaps)
    expect((await portal.get<Portal<'GET /usage/groups'>>('/usage/groups?by=api_type')).items).toMatchObject([gaps])
    const told = [
      'The response cache saved US\\$ 0\\.15\\d*\\.',
      '1 calls were never settled and stand at their estimate\\.',
      '1 of the calls never came to pass; they cost nothing\\.',
      '1 calls have no known price and are in no cost\\.',
      '1 calls had no exchange rate and are in no cost in reais\\.',
    ].join('\\n')
    for (const by of [[], ['--by', 'client'], ['--by', 'model'], ['--by', 'day']])
      expect((await run('usage', '--client', 'conta', ...by)).stdout).toMatch(new RegExp(`Since .*\\.\\n(Answers .*\\n)?${told}\\n`))
  })

  it('in statements, and in their CSV', async () => {
    const statement = await admin.get<Admin<'GET /clients/:client/statement'>>(`/clients/conta/statement?month=${month}`)
    expect(told(statement.total as Told)).toEqual(truth)
    expect(sumOf(statement.lines as Told[])).toEqual(truth)
    expect(told((await portal.get<Portal<'GET /statement'>>(`/statement?month=${month}`)).total as Told)).toEqual(truth)
    const csv = readCsv((await portal.text(`/statement.csv?month=${month}`)).text.split('\r\n\r\n')[0] ?? '')
    const [, , whose = ''] = (await portal.text(`/statement.csv?month=${month}`)).text.split('\r\n\r\n')
    expect(readCsv(whose)).toMatchObject([{ month, time_zone: zone, is_closed: 'false', has_all_rows: 'true' }])
    const numbers = csv.map((row) => ({
      ...row,
      calls: Number(row.calls),
      errors: Number(row.errors),
      total_tokens: Number(row.total_tokens),
    }))
    expect(told(numbers.at(-2) as unknown as Told)).toEqual(truth)
    expect(sumOf(numbers.slice(0, -2) as unknown as Told[])).toEqual(truth)
  })

  it('in the dashboard: overview, charts, groups, failures and the list of calls', async () => {
    const overview = await admin.get<Admin<'GET /overview'>>(`/overview?time_zone=${encodeURIComponent(zone)}`)
    for (const span of [overview.today.now, overview.month.now]) expect(told(span as Told)).toEqual(truth)
    expect(sumOf(overview.days as Told[])).toEqual(truth)
    for (const by of ['none', 'client', 'provider', 'model', 'api_type']) {
      const series = await admin.get<Admin<'GET /usage/series'>>(`/usage/series?by=${by}&client=conta`)
      expect(sumOf(series.points as Told[]), by).toEqual(truth)
      if (by === 'none') continue
      expect(sumOf((await admin.get<Admin<'GET /usage/groups'>>(`/usage/groups?by=${by}`)).items as Told[]), by).toEqual(truth)
    }
    const failures = await admin.get<Admin<'GET /usage/failures'>>('/usage/failures')
    expect(failures.errors).toMatchObject([{ error_code: 'stream_cut', calls: truth.errors }])
    const list = async (filter = '') => (await admin.get<Admin<'GET /calls'>>(`/calls?client=conta${filter}`)).items
    expect(ofCalls(await list())).toEqual(truth)
    for (const sort of ['cost_brl', 'total_tokens', 'latency_ms']) expect(ofCalls(await list(`&sort=${sort}`)), sort).toEqual(truth)
    const costs = (await list('&sort=cost_brl')).map(({ cost_brl }) => Number(cost_brl ?? -1))
    expect(costs).toEqual(costs.toSorted((a, b) => b - a))
    // What the home page counts as without an end is what its link shows.
    expect(await list('&status=orphaned')).toMatchObject([{ total_tokens: 800, was_corrected: false }])
    expect(await list('&status=released')).toMatchObject([{ total_tokens: 0, was_corrected: true }])
    expect(await list('&status=error')).toHaveLength(truth.errors)
    expect(await list('&model=groq/other')).toMatchObject([{ was_fallback: true, was_corrected: true }])
    expect(overview.attention.find(({ kind }) => kind === 'orphaned_calls')).toMatchObject({ calls: 1 })
  })

  it('in the portal: charts, groups and the list of calls', async () => {
    for (const by of ['none', 'model', 'api_type'])
      expect(sumOf((await portal.get<Portal<'GET /usage/series'>>(`/usage/series?by=${by}`)).points as Told[]), by).toEqual(truth)
    for (const by of ['model', 'api_type'])
      expect(sumOf((await portal.get<Portal<'GET /usage/groups'>>(`/usage/groups?by=${by}`)).items as Told[]), by).toEqual(truth)
    expect(ofCalls((await portal.get<Portal<'GET /calls'>>('/calls')).items)).toEqual(truth)
  })

  it('in what budgets have used, wherever they are shown', async () => {
    const expected = { brl: truth.cost_brl, usd: truth.cost_usd, tokens: truth.total_tokens }
    const used = (budgets: readonly { type: string; used: unknown }[]) => Object.fromEntries(budgets.map((one) => [one.type, one.used]))
    expect(used((await run('usage', '--client', 'conta', '--json')).json<{ budgets: [] }>().budgets)).toEqual(expected)
    expect(used((await run('budget', 'list', 'conta', '--json')).json<[]>())).toEqual(expected)
    expect(used(await portal.get<Portal<'GET /budgets'>>('/budgets'))).toEqual(expected)
    await expectBooksInOrder(gateway.database)
  })

  // The last one, because it adds a call: who called in the last minute is there.
  it('in what catraca top shows of the day', async () => {
    const { id } = await gateway.addClient({ slug: 'agora' })
    await gateway.database.query('update clients set time_zone = $2 where id = $1', [id, zone])
    const late = recordOf(id, { cost_brl: '0.25', cost_usd: '0.05', total_tokens: 5 })
    await settle([{ ...late, status: 'orphaned', cost_brl: '50' }])
    await settle([late])
    const report = (await run('top', '--json')).json<{ clients: { slug: string }[] }>()
    expect(report.clients.find(({ slug }) => slug === 'agora')).toMatchObject({ today_brl: '0.25', time_zone: zone })
  })
})
