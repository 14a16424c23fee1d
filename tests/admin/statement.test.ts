import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AdminApi } from '../../src/http/admin/index.ts'
import { newId } from '../../src/shared/id.ts'
import { type AdminClient, adminClient, adminToken, readCsv } from '../_support/admin-client.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { seededRandom } from '../_support/ledger.ts'
import { testSeed } from '../_support/report-figure.ts'
import { addUsageRows } from '../_support/usage-rows.ts'

type Statement = AdminApi['GET /clients/:client/statement']['output']

let gateway: TestGateway
let admin: AdminClient
const path = '/clients/padaria/statement'

beforeAll(async () => {
  gateway = await startTestGateway({ env: { CATRACA_ADMIN_TOKEN: adminToken } })
  admin = adminClient(gateway.url)
  const client_id = (await gateway.addClient({ slug: 'padaria' })).id
  await gateway.database.query("update clients set name = 'Padaria São João & Filhos' where id = $1", [client_id])
  const random = seededRandom(testSeed)
  console.log(`statement seed=${testSeed}`)
  const rates = ['5.4321', '5.5', '5.61239876']
  const nanos = (n: number) => (n / 1e9).toFixed(9)
  const month = Array.from({ length: 400 }, (_, n) => {
    const cost = Math.floor(random() * 1e9)
    return {
      client_id,
      // The last ones are the first and the last moment of the month in São Paulo, and those beside them.
      created_at:
        ['2026-02-01T02:59:59.999Z', '2026-02-01T03:00:00Z', '2026-03-01T02:59:59.999999Z', '2026-03-01T03:00:00Z'][399 - n] ??
        new Date(Date.parse('2026-02-01T03:00Z') + Math.floor(random() * 27 * 86_400_000)).toISOString(),
      model_name: `model-${String(Math.floor(random() * 60)).padStart(2, '0')}`,
      cost_usd: nanos(cost),
      cost_brl: nanos(Math.floor(cost * 5.4)),
      usd_brl_rate: rates[n % 3] ?? null,
      rate_source: n % 3 === 0 ? 'env' : 'ptax',
      total_tokens: Math.floor(random() * 100_000),
    }
  })
  const other = { client_id, created_at: '2026-02-10T12:00:00Z', usd_brl_rate: '5.4321' }
  await addUsageRows(gateway.database, [
    ...month,
    { ...other, model_name: 'whisper-1', api_type: 'transcription', units: 12.5, total_tokens: 0 },
    { ...other, model_name: 'whisper-1', api_type: 'transcription', units: 30.25, total_tokens: 0 },
    { ...other, model_name: 'gpt-image-1', api_type: 'image', units: 2, cost_usd: null, cost_brl: null },
    { ...other, was_cached: true, cost_usd: '0', cost_brl: '0', saved_usd: '0.01', saved_brl: '0.055' },
    { client_id: gateway.client.id, created_at: '2026-02-10T12:00:00Z', cost_brl: '1000' },
  ])
})
afterAll(() => gateway.close())

it('is the sum of the client’s rows of the month by its own calendar, to the last digit', async () => {
  const answer = await admin.get<Statement>(`${path}?month=2026-02`)
  const [rows] = await gateway.database.query<Record<string, string>>(
    `select count(*)::int as calls, trim_scale(sum(cost_brl)) as cost_brl, trim_scale(sum(cost_usd)) as cost_usd, sum(total_tokens)::int as total_tokens,
       trim_scale(sum(saved_brl)) as saved_brl, (count(*) filter (where cost_usd is null))::int as unpriced
     from gateway_usage_logs l join clients c on c.id = l.client_id
     where c.slug = 'padaria' and l.created_at >= '2026-02-01T03:00Z' and l.created_at < '2026-03-01T03:00Z'`,
  )
  expect(answer.total).toMatchObject(rows ?? {})
  expect(answer).toMatchObject({ from: '2026-02-01T03:00:00.000Z', to: '2026-03-01T03:00:00.000Z', is_closed: true, has_all_rows: true })
  const nanos = answer.lines.reduce((sum, { cost_brl }) => sum + BigInt(Math.round(Number(cost_brl ?? 0) * 1e9)), 0n)
  expect(nanos).toBe(BigInt(Math.round(Number(rows?.cost_brl) * 1e9)))
  expect(answer.lines.find(({ model }) => model === 'whisper-1')).toMatchObject({ calls: 2, units: '42.75', unit: 'seconds' })
  expect(answer.lines.find(({ model }) => model === 'gpt-image-1')).toMatchObject({
    cost_brl: null,
    unpriced: 1,
    units: '2',
    unit: 'images',
  })
  expect(answer.rates.map(({ brl_for_one_usd }) => brl_for_one_usd).toSorted()).toEqual(['5.4321', '5.5', '5.61239876'])
  // Of the cached and the unpriced call no rate made reais.
  expect(answer.rates.reduce((sum, { calls }) => sum + calls, 0)).toBe(Number(rows?.calls) - 2)
  expect(answer.rates.every(({ first_day, last_day }) => first_day >= '2026-02-01' && last_day <= '2026-02-28')).toBe(true)
})

it('has late truth in its lines, and says what it changed', async () => {
  const client_id = (await gateway.addClient({ slug: 'tarde' })).id
  const call_id = newId()
  const orphan = { call_id, client_id, created_at: '2026-02-05T12:00:00Z', status: 'orphaned', cost_brl: '3', cost_usd: '0.5' }
  await addUsageRows(gateway.database, [orphan, { client_id, created_at: '2026-02-05T13:00:00Z', cost_brl: '1', cost_usd: '0.2' }])
  await gateway.database.query("insert into budget_adjustments (call_id, amount, reason, truth) values ($1, 0, 'late', $2)", [
    call_id,
    JSON.stringify({
      ...orphan,
      status: 'ok',
      provider: 'openai',
      model_name: 'gpt-4o',
      api_type: 'chat',
      cost_brl: '2.25',
      cost_usd: '0.4',
      total_tokens: 9,
    }),
  ])
  const answer = await admin.get<Statement>('/clients/tarde/statement?month=2026-02')
  expect(answer.total).toMatchObject({ cost_brl: '3.25', cost_usd: '0.6', orphaned: 0 })
  expect(answer.adjustments).toEqual({ calls: 1, cost_brl: '-0.75', cost_usd: '-0.1' })
  expect(answer.lines.map(({ model }) => model)).toEqual(['gpt-4o', 'gpt-4o-mini'])
  const told = await admin.get<AdminApi['GET /calls/:call/explanation']['output']>(`/calls/${call_id}/explanation`)
  expect(told).toMatchObject({ state: 'settled', call: { status: 'orphaned' }, adjustments: [{ reason: 'late' }] })
})

it('is the same as CSV, and as a PDF of several pages', async () => {
  const answer = await admin.get<Statement>(`${path}?month=2026-02`)
  const file = await admin.text(`${path}.csv?month=2026-02`)
  expect(file).toMatchObject({ type: 'text/csv; charset=utf-8', name: 'attachment; filename="statement-padaria-2026-02.csv"' })
  const [lines = '', rates = ''] = file.text.split('\r\n\r\n')
  const text = (value: unknown) => (value === null ? '' : String(value))
  const plain = (row: object) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, text(value)]))
  const shown = readCsv(lines)
  expect(shown.slice(0, -2)).toEqual(answer.lines.map(plain))
  expect(shown.at(-2)).toMatchObject({ provider: 'total', ...plain(answer.total) })
  expect(readCsv(rates)).toEqual(answer.rates.map(plain))

  for (const [lang, words] of [
    ['', 'Extrato'],
    ['&lang=en', 'statement'],
  ] as const) {
    const reply = await fetch(`${gateway.url}/api/admin${path}.pdf?month=2026-02${lang}`, {
      headers: { authorization: `Bearer ${adminToken}` },
    })
    const bytes = Buffer.from(await reply.arrayBuffer())
    expect(reply.headers.get('content-type')).toBe('application/pdf')
    expect(bytes.subarray(0, 5).toString()).toBe('%PDF-')
    expect(bytes.toString('latin1').match(/\/Type \/Page\b/g)?.length).toBeGreaterThan(1)
    const out = process.env.STATEMENT_PDF_DIR
    if (out) await (await import('node:fs/promises')).writeFile(`${out}/${words}.pdf`, bytes)
  }
})

it('refuses a month that is none, and one that has not begun', async () => {
  expect(await admin.refusal(`${path}?month=2026-13`)).toContain('month: write 2026-11')
  expect(await admin.refusal(`${path}?month=2099-01`)).toContain('has not begun')
  expect(await admin.refusal(path)).toContain('month')
  expect(await admin.refusal(`${path}.pdf?month=2026-02&lang=fr`)).toContain('lang')
})
