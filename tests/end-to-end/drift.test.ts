import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { readConfig } from '../../src/config/index.ts'
import { startDemo } from '../../src/demo.ts'
import { startServer } from '../../src/server.ts'
import { silentLog } from '../../src/shared/log.ts'
import { type CallerView, callGateway } from '../_support/call-gateway.ts'
import { createTestDatabase } from '../_support/database.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { type CliRun, runCommand } from '../_support/terminal.ts'

const adminKey = 'sk-admin-test-made-up'
const admin = { OPENAI_ADMIN_KEY: adminKey, ANTHROPIC_ADMIN_KEY: adminKey }
/** Whatever midnight this test runs over, its calls are in these days. */
const days = ['--from', 'yesterday', '--to', 'today']

interface Figures {
  calls: number | null
  input_tokens: number | null
  cached_tokens: number | null
  output_tokens: number | null
  cost_usd: string | null
}
interface Line {
  provider: string
  model: string
  verdict: string
  booked: (Figures & { estimated: Figures; late_calls: number }) | null
  reported: Figures | null
  difference: Figures
  percent: Record<keyof Figures, number | null>
  beyond_tolerance: string[]
}
interface Report {
  ok: boolean
  sources: { provider: string; from: string; problem: string | null }[]
  lines: Line[]
  billed_by_vercel: { calls: number; cost_usd: string }
}

let gateway: TestGateway

beforeAll(async () => {
  // By way of Vercel with our own keys, so that these calls are on the providers' bills.
  gateway = await startTestGateway({ keys: ['gateway', 'openai', 'groq', 'anthropic', 'google'], env: { USD_BRL_RATE: '5.4828' } })
  gateway.emulator.acceptAdmin(adminKey)
  // The emulator does not take this one, so that Vercel answers on its own credentials.
  await gateway.server.context.store.vault.put('shared_google_api_key', 'AIza-test-not-accepted')
  gateway.server.context.sharedConfig.forget()

  await ask('openai/gpt-4o-mini', 'reply with 7 words')
  await ask('openai/gpt-4o-mini', 'reply with 12 words [[emulate cached=8]]', { stream: true })
  await ask('openai/gpt-4o-mini', 'reply with 5 words [[emulate provider=vercel status=503]]')
  await ask('openai/gpt-4o-mini', 'reply with 5 words [[emulate status=400]]')
  await ask('anthropic/claude-haiku-4-5', 'reply with 9 words')
  await ask('anthropic/claude-haiku-4-5', 'reply with 6 words', { stream: true })
  await ask('groq/llama-3.3-70b-versatile', 'reply with 4 words')
  await ask('google/gemini-2.5-flash', 'reply with 4 words')
  const leaving = new AbortController()
  const left = callGateway({
    url: gateway.url,
    key: gateway.client.key,
    body: toBody('openai/gpt-4o-mini', 'reply with 20 words [[emulate gap=20]]', { stream: true }),
    leave: leaving.signal,
    onFirstByte: () => leaving.abort(),
  })
  expect((await left).complete).toBe(false)
  await settled(9)
  expect(await statuses()).toEqual({ ok: 7, error: 1, cancelled: 1 })
})
afterAll(() => gateway.close())
afterEach(() => gateway.emulator.skewReports({}))

function toBody(model: string, content: string, more: object = {}) {
  return { model, messages: [{ role: 'user', content }], max_tokens: 60, ...more }
}

async function ask(model: string, content: string, more: object = {}): Promise<CallerView> {
  return await callGateway({ url: gateway.url, key: gateway.client.key, body: toBody(model, content, more) })
}

async function settled(calls: number): Promise<void> {
  const count = async () => (await gateway.database.query<{ n: number }>('select count(*)::int as n from gateway_usage_logs'))[0]?.n
  await vi.waitFor(async () => expect(await count()).toBe(calls), { timeout: 10_000 })
}

async function statuses(): Promise<Record<string, number>> {
  const rows = await gateway.database.query<{ status: string; n: number }>(
    'select status, count(*)::int as n from gateway_usage_logs group by 1',
  )
  return Object.fromEntries(rows.map(({ status, n }) => [status, n]))
}

const drift = (env: Record<string, string>, ...argv: string[]): Promise<CliRun> =>
  runCommand({ ...gateway.env, ...env }, 'drift', ...days, ...argv)

async function report(...argv: string[]): Promise<{ code: number } & Report> {
  const run = await drift(admin, '--json', ...argv)
  return { code: run.code, ...run.json<Report>() }
}

function lineOf({ lines }: Report, model: string): Line {
  const line = lines.find((one) => one.model === model)
  if (line === undefined) throw new Error(`no line for ${model}`)
  return line
}

async function withFile<T>(text: string, use: (file: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'catraca-drift-'))
  try {
    const file = join(dir, 'export.csv')
    await writeFile(file, text)
    return await use(file)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

const nothing = { input_tokens: 0, cached_tokens: 0, output_tokens: 0, cost_usd: '0' }

describe('drift', () => {
  test('agrees to the token and the nano-dollar on calls that came to their end', async () => {
    const found = await report()
    expect(found).toMatchObject({ code: 0, ok: true })
    const openai = lineOf(found, 'gpt-4o-mini')
    expect(openai).toMatchObject({ provider: 'openai', verdict: 'agrees', difference: { calls: 0, ...nothing } })
    expect(openai.booked).toMatchObject({ calls: 4, estimated: { calls: 0 }, late_calls: 0 })
    expect(openai.booked?.cached_tokens).toBe(8)
    expect(openai.booked?.output_tokens).toBe(7 + 12 + 5 + 20)
    const anthropic = lineOf(found, 'claude-haiku-4-5')
    expect(anthropic).toMatchObject({ verdict: 'agrees', difference: { calls: null, ...nothing }, reported: { calls: null } })
    expect(anthropic.booked?.output_tokens).toBe(15)
    expect(lineOf(found, 'llama-3.3-70b-versatile')).toMatchObject({ verdict: 'not_compared', reported: null })
    expect(found.lines).toHaveLength(3)
    expect(found.billed_by_vercel.calls).toBe(1)
    expect(found.sources).toEqual([
      { provider: 'openai', from: 'api', problem: null },
      { provider: 'groq', from: 'none', problem: expect.stringContaining('--csv FILE --provider groq') },
      { provider: 'anthropic', from: 'api', problem: null },
    ])
  })

  test('says it in words', async () => {
    const { code, stdout } = await drift(admin)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^PROVIDER +MODEL +WHAT +BOOKED +PROVIDER SAYS +DIFFERENCE +% +VERDICT$/m)
    expect(stdout).toMatch(/^openai +gpt-4o-mini +calls +4 +4 +0 +0 +agrees$/m)
    expect(stdout).toContain('Left out: 1 call (US$ ')
    expect(stdout).toContain('What this cannot see')
    expect(stdout).toMatch(/All that was compared agrees within 0\.5 %\.\n$/)
  })

  test('finds what the provider counts above ours, with the numbers', async () => {
    gateway.emulator.skewReports({ 'gpt-4o-mini': 1.5 })
    const found = await report()
    expect(found).toMatchObject({ code: 1, ok: false })
    const { booked, reported, difference, percent, ...line } = lineOf(found, 'gpt-4o-mini')
    expect(line).toMatchObject({ verdict: 'reported_more', beyond_tolerance: ['input_tokens', 'cached_tokens', 'output_tokens'] })
    expect(difference.output_tokens).toBe((booked?.output_tokens ?? 0) - (reported?.output_tokens ?? 0))
    expect(difference.output_tokens).toBe(-22)
    expect(percent.output_tokens).toBeCloseTo(-33.33, 2)
    expect(lineOf(found, 'claude-haiku-4-5').verdict).toBe('agrees')
    expect((await drift(admin)).stdout).toMatch(/output tokens +44 +66 +-22 +-33\.33 +←\n[\s\S]*1 line of 3 differ/)
    expect(await report('--tolerance', '60')).toMatchObject({ code: 0, ok: true })
    expect(await report('--provider', 'anthropic')).toMatchObject({ code: 0, sources: [{ provider: 'anthropic' }] })
  })

  test('finds a row that was deleted, and one whose figures were changed', async () => {
    const { database } = gateway
    const where = "where provider = 'anthropic' and status = 'ok'"
    const [row] = await database.query<{ call_id: string; output_tokens: bigint }>(`select * from gateway_usage_logs ${where} limit 1`)
    const id = row?.call_id
    await database.query('update gateway_usage_logs set output_tokens = output_tokens + 1000, cost_usd = cost_usd + 1 where call_id = $1', [
      id,
    ])
    const edited = await report()
    expect(edited.code).toBe(1)
    expect(lineOf(edited, 'claude-haiku-4-5')).toMatchObject({
      verdict: 'booked_more',
      difference: { input_tokens: 0, output_tokens: 1000, cost_usd: '1' },
      beyond_tolerance: ['output_tokens', 'cost_usd'],
    })
    await database.query('update gateway_usage_logs set output_tokens = output_tokens - 1000, cost_usd = cost_usd - 1 where call_id = $1', [
      id,
    ])
    await database.query(`create table kept as select * from gateway_usage_logs where call_id = '${id}'`)
    await database.query('delete from gateway_usage_logs where call_id = $1', [id])
    const gone = await report()
    expect(lineOf(gone, 'claude-haiku-4-5')).toMatchObject({ verdict: 'reported_more', booked: { calls: 1 } })
    expect(lineOf(gone, 'claude-haiku-4-5').difference.output_tokens).toBe(-Number(row?.output_tokens))
    await database.query('insert into gateway_usage_logs overriding system value select * from kept')
    expect(await report()).toMatchObject({ code: 0 })
  })

  test('finds the calls of other software with the same key, and reads a report of several pages', async () => {
    const response = await fetch(`${gateway.emulator.baseUrls.openai}/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk-test-openai', 'content-type': 'application/json' },
      body: JSON.stringify(toBody('gpt-4.1-mini', 'reply with 3 words')),
    })
    expect(response.status).toBe(200)
    const found = await report()
    expect(lineOf(found, 'gpt-4.1-mini')).toMatchObject({
      verdict: 'only_reported',
      booked: null,
      reported: { calls: 1, output_tokens: 3 },
    })
    expect(found.code).toBe(1)
    const from = new Date(Date.now() - 80 * 86_400_000).toISOString().slice(0, 10)
    const long = await runCommand({ ...gateway.env, ...admin }, 'drift', '--from', from, '--to', 'today', '--json')
    expect(lineOf(long.json<Report>(), 'gpt-4o-mini')).toMatchObject({ verdict: 'agrees', booked: { calls: 4 } })
    const before = await runCommand({ ...gateway.env, ...admin }, 'drift', '--date', from)
    expect(before).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing was booked, and no provider says otherwise.') })
  })

  test('names estimates apart, and compares the truth of a call that was settled late', async () => {
    const model = 'openai/gpt-4.1-nano'
    await ask(model, 'reply with 30 words [[emulate cut=4]]', { stream: true })
    await settled(10)
    const late = ask(model, 'reply with 3 words [[emulate delay=1500]]')
    const admitted = async () => (await gateway.database.query('select 1 from call_admissions')).length
    await expect.poll(admitted, { timeout: 15_000 }).toBe(1)
    await gateway.database.query("update call_admissions set expires_at = now() - interval '1 second'")
    await gateway.database.query('select ledger_expire(10)')
    expect(lineOf(await report('--provider', 'openai'), 'gpt-4.1-nano').booked).toMatchObject({ calls: 2, estimated: { calls: 2 } })
    await late
    const adjusted = async () => (await gateway.database.query('select 1 from budget_adjustments')).length
    await expect.poll(adjusted, { timeout: 15_000 }).toBe(1)
    const { booked, reported } = lineOf(await report('--provider', 'openai'), 'gpt-4.1-nano')
    expect(booked).toMatchObject({ calls: 2, late_calls: 1, estimated: { calls: 1 } })
    expect((booked?.output_tokens ?? 0) - (booked?.estimated.output_tokens ?? 0)).toBe(3)
    expect(reported?.output_tokens).toBe(4 + 3)
    const { stdout } = await drift(admin, '--provider', 'openai')
    expect(stdout).toContain('openai/gpt-4.1-nano: 1 call of ours is an estimate (the answer broke off')
    expect(stdout).toContain('openai/gpt-4.1-nano: 1 call settled late; the truth that came then is what is compared.')
  })

  test('counts each attempt of a call where it was made', async () => {
    const { callId } = await ask('openai/gpt-4o', 'reply with 5 words [[emulate provider=vercel reset]]')
    await settled(12)
    const [row] = await gateway.database.query<{ output_tokens: bigint; was_fallback: boolean }>(
      'select * from gateway_usage_logs where call_id = $1',
      [callId],
    )
    expect(row?.was_fallback).toBe(true)
    // The first attempt broke off after it was sent: it may be billed, and its whole hold was charged.
    const line = lineOf(await report('--provider', 'openai'), 'gpt-4o')
    expect(line).toMatchObject({
      verdict: 'booked_more',
      booked: { calls: 2, estimated: { calls: 2 } },
      reported: { calls: 1, output_tokens: 5 },
    })
    expect(line.booked?.output_tokens).toBe(Number(row?.output_tokens))
  })

  test('takes the export of a provider that cannot be asked', async () => {
    const { booked } = lineOf(await report(), 'llama-3.3-70b-versatile')
    const day = new Date().toISOString().slice(0, 10)
    const rows = [
      'Data;Modelo;Tokens de entrada;Tokens de saída;Requisições;Custo (US$)',
      `${day};llama-3.3-70b-versatile;${booked?.input_tokens};4;1;"0,00"`,
      '2020-01-01;llama-3.3-70b-versatile;1.000.000;4;1;5,00',
    ]
    await withFile(rows.join('\r\n').replace('Custo (US$)', 'custo_usd'), async (file) => {
      const found = await report('--csv', file, '--provider', 'groq')
      expect(found).toMatchObject({ code: 0, sources: [{ provider: 'groq', from: 'csv' }] })
      expect(found.lines).toMatchObject([{ verdict: 'agrees', difference: { calls: 0, input_tokens: 0, output_tokens: 0 } }])
      expect((await drift(admin, '--csv', file, '--provider', 'groq')).stdout).toContain('Left out: 1 row of the CSV of other days.')
    })
    await withFile('model,output_tokens\nllama-3.3-70b-versatile,5', async (file) => {
      const { code, stdout } = await drift(admin, '--csv', file, '--provider', 'groq')
      expect(code).toBe(1)
      expect(stdout).toMatch(/output tokens +4 +5 +-1 +-20 +←/)
      expect(stdout).toContain('The CSV has no column of dates')
      expect(await drift(admin, '--csv', file)).toMatchObject({ code: 2, stderr: expect.stringContaining('--provider') })
    })
    await withFile('model,output_tokens\nllama-3.3-70b-versatile,five', async (file) => {
      const { code, stderr } = await drift(admin, '--csv', file, '--provider', 'groq')
      expect({ code, stderr }).toEqual({ code: 2, stderr: 'catraca: --csv, line 2, column 25: "five" is no whole number\n' })
    })
  })

  test('says which key is missing or refused, never prints one, and reports the rest', async () => {
    const without = await drift({ ANTHROPIC_ADMIN_KEY: adminKey })
    expect(without.code).toBe(0)
    expect(without.stdout).toContain(
      'OpenAI was not asked: OPENAI_ADMIN_KEY is not set. It takes an admin key, made at https://platform.openai.com/',
    )
    expect(without.stdout).toMatch(/anthropic +claude-haiku-4-5 .* agrees\n/)
    expect((await drift({}, '--provider', 'openai')).code).toBe(1)
    const empty = await runCommand(gateway.env, 'drift', '--date', '2026-01-01')
    expect(empty).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing was booked.\n') })
    expect(await drift({})).toMatchObject({ code: 1, stdout: expect.stringContaining('not all could be compared') })
    const refused = await drift({ ...admin, OPENAI_ADMIN_KEY: 'sk-test-openai', ANTHROPIC_ADMIN_KEY: 'sk-ant-test-anthropic' })
    expect(refused.code).toBe(1)
    expect(refused.stdout).toContain('OpenAI refused the key in OPENAI_ADMIN_KEY (status 403): it takes an admin key')
    expect(refused.stdout).toContain('Anthropic refused the key in ANTHROPIC_ADMIN_KEY (status 401)')
    const away = await drift({ ...admin, OPENAI_BASE_URL: 'http://127.0.0.1:9' })
    expect(away).toMatchObject({ code: 1, stdout: expect.stringContaining('OpenAI could not be reached.') })
    for (const { stdout, stderr } of [without, refused, away]) expect(stdout + stderr).not.toMatch(/sk-(?:admin-|ant-)?test/)
  })

  test.each([
    [['--date', '2026-02-30'], 'is no day'],
    [['--date', 'today', '--from', 'today', '--to', 'today'], 'one or the other'],
    [['--from', '2026-11-01'], 'go together'],
    [['--from', '2026-11-02', '--to', '2026-11-01'], 'is before'],
    [['--from', '2025-01-01', '--to', '2026-01-01'], 'more than 92 days'],
    [['--date', '2999-01-01'], 'has not begun'],
    [['--tolerance', 'much'], 'number of percent'],
    [['--csv', 'no-such-file', '--provider', 'groq'], 'cannot be read'],
  ])('refuses %j', async (argv, why) => {
    expect(await runCommand(gateway.env, 'drift', ...argv)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(why) })
  })
})

test('in demo mode the emulator is the provider, as long as the gateway runs', async () => {
  const db = await createTestDatabase()
  const dataDir = await mkdtemp(join(tmpdir(), 'catraca-drift-demo-'))
  // A real key must not go to the emulator; were it used, the demo would refuse it.
  const env = { ENABLE_AI_GATEWAY: 'true', DATABASE_URL: db.url, CATRACA_DATA_DIR: dataDir, PORT: '0', USD_BRL_RATE: '5.4828', ...admin }
  let demo: Awaited<ReturnType<typeof startDemo>>
  const server = await startServer(readConfig(env), {
    log: silentLog,
    demo: async (store) => {
      demo = await startDemo(store, dataDir)
      return demo?.providers
    },
  })
  try {
    const file = join(dataDir, 'demo-emulator.json')
    await demo?.tell()
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const body = toBody('openai/gpt-4o-mini', 'Diga oi')
    expect(await callGateway({ url: server.url, key: demo?.key ?? '', body })).toMatchObject({ status: 200 })
    await vi.waitFor(async () => expect(await db.database.query('select 1 from gateway_usage_logs')).toHaveLength(1), { timeout: 15_000 })
    const agrees = await runCommand(env, 'drift', ...days)
    expect(agrees).toMatchObject({ code: 0, stdout: expect.stringMatching(/openai +gpt-4o-mini +calls +1 +1 +0 +0 +agrees/) })
    expect(agrees.stdout).toContain('Demo mode: the provider is the emulator, which has counted since ')
    expect(agrees.stdout).not.toContain((JSON.parse(await readFile(file, 'utf8')) as { adminKey: string }).adminKey)
  } finally {
    await server.close()
    await demo?.stop()
  }
  const alone = await runCommand(env, 'drift', ...days)
  expect(alone).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('OpenAI was not asked. Demo mode: its numbers are in the emulator'),
  })
  await db.drop()
  await rm(dataDir, { recursive: true, force: true })
})
