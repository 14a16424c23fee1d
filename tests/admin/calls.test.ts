import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AdminApi } from '../../src/http/admin/index.ts'
import { type AdminClient, adminClient, adminToken, readCsv } from '../_support/admin-client.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { seededRandom } from '../_support/ledger.ts'
import { testSeed } from '../_support/report-figure.ts'
import { addUsageRows } from '../_support/usage-rows.ts'

type Calls = AdminApi['GET /calls']['output']

let gateway: TestGateway
let admin: AdminClient
const window = 'from=2026-05-04&to=2026-05-06'

beforeAll(async () => {
  gateway = await startTestGateway({ env: { CATRACA_ADMIN_TOKEN: adminToken } })
  admin = adminClient(gateway.url)
  const other = (await gateway.addClient({ slug: 'outra' })).id
  const random = seededRandom(testSeed)
  console.log(`calls seed=${testSeed}`)
  // Ties of all that is sorted by, and moments that differ by a microsecond only.
  const rows = Array.from({ length: 137 }, (_, n) => ({
    client_id: random() < 0.7 ? gateway.client.id : other,
    created_at: `2026-05-05T12:00:00.00000${Math.floor(random() * 4)}Z`,
    request_id: `req_${n}`,
    total_tokens: Math.floor(random() * 5),
    latency_ms: random() < 0.1 ? null : Math.floor(random() * 4) * 100,
    cost_brl: random() < 0.1 ? null : (Math.floor(random() * 4) / 100).toFixed(2),
    status: random() < 0.2 ? 'error' : 'ok',
    error_code: null,
    was_fallback: random() < 0.2,
  }))
  await addUsageRows(gateway.database, rows)
})
afterAll(() => gateway.close())

it.each([
  ['created_at', 'l.created_at'],
  ['cost_brl', 'coalesce(l.cost_brl, -1)'],
  ['total_tokens', 'l.total_tokens'],
  ['latency_ms', 'coalesce(l.latency_ms, -1)'],
])('pages by %s over every row once, up and down, also under ties', async (sort, column) => {
  for (const order of ['asc', 'desc']) {
    const ids: string[] = []
    for (let next: string | null = ''; next !== null; ) {
      const page: Calls = await admin.get<Calls>(
        `/calls?${window}&sort=${sort}&order=${order}&limit=31${next === '' ? '' : `&cursor=${next}`}`,
      )
      ids.push(...page.items.map(({ call_id }) => call_id))
      next = page.next
    }
    const rows = await gateway.database.query<{ call_id: string }>(
      `select call_id from gateway_usage_logs l order by ${column} ${order}, id ${order}`,
    )
    expect(ids).toEqual(rows.map(({ call_id }) => call_id))
  }
})

it.each([
  ['client=outra', "c.slug = 'outra'"],
  ['status=error', "l.status = 'error'"],
  ['was_fallback=true', 'l.was_fallback'],
  ['was_fallback=false&status=ok', "not l.was_fallback and l.status = 'ok'"],
  ['min_cost_brl=0.02', 'l.cost_brl >= 0.02'],
  ['search=req_7', "l.request_id = 'req_7'"],
  ['model=gpt-4o-mini&provider=openai&api_type=chat&source=api&was_cached=false', 'true'],
  ['model=groq/gpt-4o-mini', 'false'],
  ['from=2026-05-05T12:00:00.002Z', 'false'],
])('finds by %s what the rows have', async (filter, where) => {
  const { items } = await admin.get<Calls>(`/calls?${filter.startsWith('from') ? 'to=2026-05-06' : window}&limit=1000&${filter}`)
  const rows = await gateway.database.query<{ call_id: string }>(
    `select call_id from gateway_usage_logs l join clients c on c.id = l.client_id where ${where}`,
  )
  expect(items.map(({ call_id }) => call_id).toSorted()).toEqual(rows.map(({ call_id }) => call_id).toSorted())
})

it('shows a call as it was booked, and exports what it shows', async () => {
  const { items } = await admin.get<Calls>(`/calls?${window}&limit=1000`)
  const [first] = items
  expect(first).toMatchObject({ model: 'openai/gpt-4o-mini', via: 'direct', usd_brl_rate: '5.5', created_at: '2026-05-05T12:00:00.000Z' })
  expect((await admin.get<Calls>(`/calls?${window}&search=${first?.call_id}`)).items).toEqual([first])
  const csv = readCsv((await admin.text(`/calls?${window}&format=csv`)).text)
  const text = (value: unknown) => (value === null ? '' : Array.isArray(value) ? JSON.stringify(value) : String(value))
  expect(csv).toEqual(items.map((item) => Object.fromEntries(Object.entries(item).map(([name, value]) => [name, text(value)]))))
})

it('refuses nonsense in words', async () => {
  expect(await admin.refusal('/calls?sort=cost_brl&from=2026-01-01&to=2026-05-01')).toContain('at most 7 days')
  expect(await admin.refusal('/calls?min_cost_brl=1&from=2026-01-01&to=2026-05-01')).toContain('at most 7 days')
  expect(await admin.refusal('/calls?search=req_1&from=2026-01-01&to=2026-05-01')).toContain('at most 7 days')
  expect(await admin.refusal('/calls?sort=colour')).toContain('sort')
  expect(await admin.refusal('/calls?min_cost_brl=much')).toContain('min_cost_brl: write 0.05')
  expect(await admin.refusal('/calls?status=fine')).toContain('status')
  expect(await admin.refusal('/calls?client=nobody').catch(() => 'not 400')).toBe('not 400')
  const { next } = await admin.get<Calls>(`/calls?${window}&limit=1`)
  expect(await admin.refusal(`/calls?${window}&sort=cost_brl&cursor=${next}`)).toContain('cursor')
})
