import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AdminApi } from '../../src/http/admin/index.ts'
import { type AdminClient, adminClient, adminToken, readCsv } from '../_support/admin-client.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { seededRandom } from '../_support/ledger.ts'
import { testSeed } from '../_support/report-figure.ts'
import { addUsageRows, type UsageRowWish } from '../_support/usage-rows.ts'

type Output<Route extends keyof AdminApi> = AdminApi[Route]['output']
type Series = Output<'GET /usage/series'>
type Groups = Output<'GET /usage/groups'>

let gateway: TestGateway
let admin: AdminClient
let clients: { id: string; slug: string }[]

const models = [
  ['openai', 'gpt-4o-mini', 'chat'],
  ['openai', 'gpt-4o', 'chat'],
  ['groq', 'llama-3.3-70b-versatile', 'chat'],
  ['openai', 'whisper-1', 'transcription'],
] as const
const window = 'from=2026-03-01&to=2026-05-01'

beforeAll(async () => {
  gateway = await startTestGateway({ env: { CATRACA_ADMIN_TOKEN: adminToken } })
  admin = adminClient(gateway.url)
  clients = await Promise.all(['bia', 'caio', 'duda'].map(async (slug) => ({ slug, id: (await gateway.addClient({ slug })).id })))
  await addUsageRows(gateway.database, randomRows(600))
})
afterAll(() => gateway.close())

/** March and April of 2026, with ties of everything. */
function randomRows(calls: number): UsageRowWish[] {
  const random = seededRandom(testSeed)
  const from = Date.parse('2026-03-01T03:00:00Z')
  console.log(`usage seed=${testSeed}`)
  return Array.from({ length: calls }, () => {
    const [provider, model_name, api_type] = models[Math.floor(random() * models.length)] ?? models[0]
    const luck = random()
    const cost = luck < 0.03 ? null : (random() * 0.01).toFixed(9)
    return {
      client_id: clients[Math.floor(random() ** 2 * clients.length)]?.id ?? '',
      created_at: new Date(from + Math.floor(random() * 60) * 86_400_000 + Math.floor(random() * 86_400_000)).toISOString(),
      provider,
      model_name,
      api_type,
      input_tokens: Math.floor(random() * 100),
      total_tokens: Math.floor(random() * 500),
      latency_ms: 50 + Math.floor(random() * 2_000),
      first_token_ms: 20 + Math.floor(random() * 100),
      status: luck > 0.9 ? 'error' : 'ok',
      error_code: luck > 0.9 ? 'upstream_timeout' : null,
      was_fallback: luck > 0.8 && luck < 0.9,
      fallback_reason: luck > 0.8 && luck < 0.9 ? 'upstream_overloaded' : null,
      was_cached: luck > 0.5 && luck < 0.55,
      saved_brl: luck > 0.5 && luck < 0.55 ? '0.0001' : null,
      cost_usd: cost,
      cost_brl: cost === null ? null : (Number(cost) * 5.5).toFixed(9),
    }
  })
}

/** The same from the rows, by one bucket of the time zone. */
async function fromRows(unit: string, key: string, where = 'true', timeZone = 'America/Sao_Paulo') {
  return await gateway.database.query<Record<string, unknown>>(
    `select date_trunc('${unit}', l.created_at, '${timeZone}') as bucket_start, ${key} as key, count(*)::int as calls,
       (count(*) filter (where l.status = 'error'))::int as errors, (count(*) filter (where was_cached))::int as cache_hits,
       sum(total_tokens)::int as total_tokens, trim_scale(sum(cost_brl)) as cost_brl, trim_scale(coalesce(sum(saved_brl), 0)) as saved_brl
     from gateway_usage_logs l join clients c on c.id = l.client_id
     where l.created_at >= '2026-03-01T03:00Z' and l.created_at < '2026-05-01T03:00Z' and ${where}
     group by 1, 2 order by 1, 2`,
  )
}

const named = ['bucket_start', 'key', 'calls', 'errors', 'cache_hits', 'total_tokens', 'cost_brl', 'saved_brl'] as const
const picked = (points: readonly Record<string, unknown>[]) =>
  points.map((point) => JSON.parse(JSON.stringify(Object.fromEntries(named.map((name) => [name, point[name]])))))

it.each([
  ['day', 'none', "'all'", 'America/Sao_Paulo'],
  ['day', 'none', "'all'", 'Asia/Kolkata'],
  ['day', 'client', 'c.slug', 'Pacific/Auckland'],
  ['day', 'model', "provider || '/' || model_name", 'UTC'],
  ['day', 'client', 'c.slug', 'Europe/London'],
  ['month', 'provider', 'provider', 'America/Sao_Paulo'],
  ['month', 'api_type', 'api_type', 'Pacific/Auckland'],
  ['month', 'client', 'c.slug', 'Asia/Kolkata'],
])('sums by %s and %s equal the rows', async (unit, by, key, timeZone) => {
  const instants = 'from=2026-03-01T03:00:00Z&to=2026-05-01T03:00:00Z'
  const answer = await admin.get<Series>(`/usage/series?${instants}&bucket=${unit}&by=${by}&time_zone=${timeZone}`)
  const order = (a: { bucket_start: string; key: string | null }, b: typeof a) =>
    a.bucket_start === b.bucket_start ? (String(a.key) < String(b.key) ? -1 : 1) : a.bucket_start < b.bucket_start ? -1 : 1
  expect(picked(answer.points.toSorted(order))).toEqual(picked(await fromRows(unit, key, 'true', timeZone)).toSorted(order))
})

it('filters by client, provider, model and kind of call', async () => {
  const filters = 'client=bia&provider=openai&model=openai/gpt-4o&api_type=chat'
  const answer = await admin.get<Series>(`/usage/series?${window}&${filters}`)
  expect(picked(answer.points)).toEqual(picked(await fromRows('day', "'all'", "c.slug = 'bia' and model_name = 'gpt-4o'")))
  expect(answer.keys).toEqual([{ key: 'all', label: 'all' }])
})

it('has the months of a time zone, to the second, and days without a midnight', async () => {
  const client = (await gateway.addClient({ slug: 'edges' })).id
  const at = (created_at: string) => ({ client_id: client, created_at })
  await addUsageRows(gateway.database, [
    at('2018-11-04T02:59:59.999Z'),
    at('2018-11-04T03:00:00Z'),
    at('2018-11-05T01:59:59.999Z'),
    at('2018-11-05T02:00:00Z'),
    at('2018-12-01T01:59:59Z'),
    at('2018-12-01T02:00:00Z'),
  ])
  const days = await admin.get<Series>('/usage/series?client=edges&from=2018-11-03&to=2018-11-06')
  expect(days.points.map(({ bucket_start, calls }) => [bucket_start, calls])).toEqual([
    ['2018-11-03T03:00:00.000Z', 1],
    ['2018-11-04T03:00:00.000Z', 2],
    ['2018-11-05T02:00:00.000Z', 1],
  ])
  const months = (zone: string) =>
    admin
      .get<Series>(`/usage/series?client=edges&bucket=month&from=2018-11-01&to=2019-01-01&time_zone=${zone}`)
      .then(({ points }) => points.map(({ bucket_start, calls }) => [bucket_start, calls]))
  expect(await months('America/Sao_Paulo')).toEqual([
    ['2018-11-01T03:00:00.000Z', 5],
    ['2018-12-01T02:00:00.000Z', 1],
  ])
  expect(await months('Asia/Kolkata')).toEqual([
    ['2018-10-31T18:30:00.000Z', 4],
    ['2018-11-30T18:30:00.000Z', 2],
  ])
  const half = await admin.get<Series>('/usage/series?client=edges&bucket=hour&from=2018-11-04T02:59:59.999Z&to=2018-11-04T03:00:00.001Z')
  expect(half.points.map(({ bucket_start, calls }) => [bucket_start, calls])).toEqual([
    ['2018-11-04T02:00:00.000Z', 1],
    ['2018-11-04T03:00:00.000Z', 1],
  ])
})

it('shows the eight largest keys and sums the others', async () => {
  const client = (await gateway.addClient({ slug: 'many' })).id
  const rows = Array.from({ length: 11 }, (_, n) => ({
    client_id: client,
    created_at: '2026-02-10T12:00:00Z',
    model_name: `m-${String(n).padStart(2, '0')}`,
    cost_brl: String(11 - n),
  }))
  await addUsageRows(gateway.database, rows)
  const answer = await admin.get<Series>('/usage/series?client=many&by=model&from=2026-02-01&to=2026-03-01')
  expect(answer.keys.map(({ key }) => key)).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((n): string | null => `openai/m-0${n}`).concat(null))
  expect(answer.points.find(({ key }) => key === null)).toMatchObject({ calls: 3, cost_brl: '6' })
})

it('pages groups over every key once, also under ties, and exports them as they are', async () => {
  const path = '/usage/groups?from=2026-02-01&to=2026-03-01&client=many&by=model&sort=calls'
  const whole = await admin.get<Groups>(path)
  expect(whole).toMatchObject({ total: 11, next: null })
  const keys: string[] = []
  for (let next: string | null = ''; next !== null; ) {
    const page: Groups = await admin.get<Groups>(`${path}&limit=3${next === '' ? '' : `&cursor=${next}`}`)
    keys.push(...page.items.map(({ key }) => key))
    next = page.next
  }
  expect(keys).toEqual(whole.items.map(({ key }) => key))
  expect(new Set(keys).size).toBe(11)
  const csv = readCsv((await admin.text(`${path}&format=csv`)).text)
  const plain = whole.items.map((item) =>
    Object.fromEntries(Object.entries(item).map(([name, value]) => [name, value === null ? '' : String(value)])),
  )
  expect(csv).toEqual(plain)
})

it('sorts groups by exact amounts and sums them to the rows', async () => {
  const { items } = await admin.get<Groups>(`/usage/groups?${window}&by=client`)
  expect(items.map(({ key, cost_brl }) => ({ key, cost_brl }))).toEqual(
    await gateway.database.query(
      `select c.slug as key, trim_scale(sum(cost_brl)) as cost_brl from gateway_usage_logs l join clients c on c.id = l.client_id
       where l.created_at >= '2026-03-01T03:00Z' and l.created_at < '2026-05-01T03:00Z' group by 1 order by sum(cost_brl) desc`,
    ),
  )
})

it('tells latencies of the window and of its days', async () => {
  const answer = await admin.get<Output<'GET /usage/latency'>>(`/usage/latency?${window}&client=bia`)
  const [exact] = await gateway.database.query<Record<string, number>>(
    `select count(*)::int as answers, percentile_disc(0.5) within group (order by latency_ms) as p50_ms,
       percentile_disc(0.95) within group (order by latency_ms) as p95_ms, percentile_disc(0.5) within group (order by first_token_ms) as first_ms
     from gateway_usage_logs where client_id = $1 and status = 'ok' and not was_cached`,
    [clients[0]?.id],
  )
  expect(answer.all?.answers).toBe(exact?.answers)
  for (const name of ['p50_ms', 'p95_ms'] as const)
    expect(Math.abs((answer.all?.[name] ?? 0) / (exact?.[name] ?? 1) - 1)).toBeLessThan(0.095)
  expect(answer.first_token).toMatchObject({ calls: exact?.answers, p50_ms: exact?.first_ms })
  expect(answer.points.reduce((sum, { answers }) => sum + answers, 0)).toBe(exact?.answers)
})

it('counts errors and fallbacks by their reasons', async () => {
  const answer = await admin.get<Output<'GET /usage/failures'>>(`/usage/failures?${window}`)
  const rows = await gateway.database.query<{ errors: number; fallbacks: number }>(
    "select (count(*) filter (where status = 'error'))::int as errors, (count(*) filter (where was_fallback))::int as fallbacks from gateway_usage_logs where created_at > '2026-03-01'",
  )
  const total = (list: readonly { calls: number }[]) => list.reduce((sum, { calls }) => sum + calls, 0)
  expect({ errors: total(answer.errors), fallbacks: total(answer.fallbacks) }).toEqual(rows[0])
  expect(answer.errors[0]).toMatchObject({ error_code: 'upstream_timeout', provider: expect.any(String), last_at: expect.any(String) })
  expect(answer.fallbacks[0]?.fallback_reason).toBe('upstream_overloaded')
})

it('refuses nonsense in words', async () => {
  expect(await admin.refusal('/usage/series?from=yesterday')).toContain('from: write 2026-11-01')
  expect(await admin.refusal('/usage/series?from=2026-02-31')).toContain('from')
  expect(await admin.refusal('/usage/series?from=2026-04-01&to=2026-03-01')).toContain('"to" must be after "from"')
  expect(await admin.refusal('/usage/series?from=2026-01-01&to=2026-03-01&bucket=hour')).toContain('at most 7 days')
  expect(await admin.refusal('/usage/series?time_zone=Mars/Olympus')).toContain('is no time zone')
  expect(await admin.refusal('/usage/series?time_zone=%2B03:00')).toContain('is no time zone')
  expect(await admin.refusal('/usage/series?api_type=poem')).toContain('api_type')
  expect(await admin.refusal('/usage/series?colour=red')).toContain('colour')
  expect(await admin.refusal('/usage/groups?cursor=x')).toContain('cursor')
})
