import { afterAll, beforeAll, expect, it } from 'vitest'
import { inviteUser } from '../../src/accounts/index.ts'
import type { AdminApi } from '../../src/http/admin/index.ts'
import type { PortalApi } from '../../src/http/portal/index.ts'
import { type AdminClient, adminClient, adminToken, readCsv } from '../_support/admin-client.ts'
import { Browser } from '../_support/browser.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { addUsageRows } from '../_support/usage-rows.ts'

type Output<Route extends keyof PortalApi> = PortalApi[Route]['output']

let gateway: TestGateway
let own: AdminClient
let admin: AdminClient
const window = 'from=2026-03-01&to=2026-04-01'

beforeAll(async () => {
  gateway = await startTestGateway({ env: { CATRACA_ADMIN_TOKEN: adminToken } })
  admin = adminClient(gateway.url)
  const { id, key } = await gateway.addClient({ slug: 'minha' })
  await gateway.database.query("update clients set time_zone = 'America/Manaus', name = 'Minha Loja', locale = 'en' where id = $1", [id])
  await gateway.database.query(
    "insert into client_budgets (client_id, budget_type, budget_limit, budget_period) values ($1, 'tokens', 10, 'monthly'), ($2, 'brl', 7, 'daily')",
    [id, gateway.client.id],
  )
  const calls = (client_id: string, model_name: string) => [
    // The month of Manaus begins at four in UTC.
    { client_id, model_name, created_at: '2026-03-01T03:59:59.999Z' },
    {
      client_id,
      model_name,
      created_at: '2026-03-01T04:00:00Z',
      request_id: 'req_of_the_provider',
      was_fallback: true,
      fallback_reason: 'upstream_timeout',
    },
    { client_id, model_name, created_at: '2026-03-31T12:00:00Z', status: 'error', error_code: 'upstream_timeout' },
    { client_id, model_name, created_at: '2026-04-01T03:59:59Z' },
  ]
  await addUsageRows(gateway.database, [...calls(id, 'gpt-4o'), ...calls(gateway.client.id, 'secret-model')])
  await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'oi' }] }),
  })
  const { token } = await inviteUser(gateway.database, { email: 'ana@example.com', role: 'client', clientId: id }, 'test')
  const browser = new Browser(gateway.url)
  await browser.post('/accept-invitation', { token, name: 'Ana', password: 'a long password of Ana' })
  own = adminClient(gateway.url, '/api/portal', browser.cookie)
})
afterAll(async () => {
  await gateway?.close()
})

it('says who is here', async () => {
  expect(await own.get('/me')).toEqual({
    user: 'ana@example.com',
    client: { slug: 'minha', name: 'Minha Loja', plan: 'free', locale: 'en', time_zone: 'America/Manaus', is_active: true },
  })
})

it('shows the client’s budgets and what was told of them, and nobody else’s', async () => {
  await expect.poll(async () => (await own.get<Output<'GET /budgets'>>('/budgets'))[0]?.used).toBeGreaterThan(0)
  const budgets = await own.get<Output<'GET /budgets'>>('/budgets')
  expect(budgets).toEqual(await admin.get<AdminApi['GET /clients/:client/budgets']['output']>('/clients/minha/budgets'))
  expect(budgets).toMatchObject([{ client: 'minha', type: 'tokens', period: 'monthly', limit: 10, time_zone: 'America/Manaus' }])
  const alerts = await own.get<Output<'GET /alerts'>>('/alerts')
  expect(alerts.length).toBeGreaterThan(0)
  for (const alert of alerts) expect(alert).toMatchObject({ budget_type: 'tokens', limit: 10, period_end: expect.any(String) })
})

it('sums its usage by its own clock', async () => {
  const { points, time_zone } = await own.get<Output<'GET /usage/series'>>(`/usage/series?${window}&bucket=month`)
  expect(time_zone).toBe('America/Manaus')
  expect(points).toMatchObject([{ bucket_start: '2026-03-01T04:00:00.000Z', calls: 3, errors: 1 }])
  const groups = await own.get<Output<'GET /usage/groups'>>(`/usage/groups?${window}`)
  expect(groups.items.map(({ key, calls }) => ({ key, calls }))).toEqual([{ key: 'openai/gpt-4o', calls: 3 }])
})

it('lists its calls without what is the operator’s own', async () => {
  const { items } = await own.get<Output<'GET /calls'>>(`/calls?${window}`)
  expect(items).toHaveLength(3)
  expect(JSON.stringify(items)).not.toMatch(/req_of_the_provider|secret-model|via|fallback|attempts/)
  const csv = readCsv((await own.text(`/calls?${window}&format=csv`)).text)
  expect(csv.map(({ call_id }) => call_id)).toEqual(items.map(({ call_id }) => call_id))
  const [foreign] = await gateway.database.query<{ call_id: string }>('select call_id from gateway_usage_logs where client_id = $1', [
    gateway.client.id,
  ])
  expect((await own.get<Output<'GET /calls'>>(`/calls?${window}&search=${foreign?.call_id}`)).items).toEqual([])
})

it('takes nothing by which another client could be asked for', async () => {
  for (const path of [
    '/calls?client=agencia',
    '/usage/series?client=agencia',
    '/usage/groups?by=client',
    '/usage/series?time_zone=UTC',
    '/statement?month=2026-03&client=agencia',
    '/calls?search=req_of_the_provider',
  ]) {
    expect(await own.refusal(path), path).not.toBe('')
  }
})

it('has the same statement as the operator', async () => {
  const mine = await own.get<Output<'GET /statement'>>('/statement?month=2026-03')
  const theirs = await admin.get<AdminApi['GET /clients/:client/statement']['output']>('/clients/minha/statement?month=2026-03')
  expect({ ...mine, generated_at: '' }).toEqual({ ...theirs, generated_at: '' })
  expect(mine.total.calls).toBe(3)
  expect((await own.text('/statement.csv?month=2026-03')).text).toBe((await admin.text('/clients/minha/statement.csv?month=2026-03')).text)
  const pdf = await own.text('/statement.pdf?month=2026-03')
  expect(pdf).toMatchObject({ type: 'application/pdf', name: 'attachment; filename="statement-minha-2026-03.pdf"' })
  expect(pdf.text.slice(0, 5)).toBe('%PDF-')
})
