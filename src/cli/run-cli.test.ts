import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { type CliRun, createTestTerminal, runCommand } from '../../tests/_support/terminal.ts'
import { newId } from '../shared/id.ts'
import { keepPartitions } from '../usage/index.ts'
import { generateMasterKey } from '../vault/index.ts'
import { addCommands } from './add-commands.ts'
import { createProgram, runCli } from './run-cli.ts'

let test: TestDatabase
let env: Record<string, string>

beforeAll(async () => {
  test = await createTestDatabase()
  env = { DATABASE_URL: test.url, CATRACA_MASTER_KEY: generateMasterKey(), ENABLE_AI_GATEWAY: 'true', PORT: '1' }
  await run('client', 'add', '--slug', 'luisboff', '--name', 'Luis Boff', '--plan', 'pro', '--enable')
})
afterAll(() => test.drop())

const run = (...argv: string[]): Promise<CliRun> => runCommand(env, ...argv)

/** A row as the ledger books it, so many hours ago. */
async function insertCall(slug: string, hoursAgo: number, values: { costBrl?: string | null; status?: string } = {}): Promise<void> {
  await test.database.query(
    `insert into gateway_usage_logs (call_id, client_id, provider, model_name, via, input_tokens, output_tokens, total_tokens, cost_usd, cost_brl,
       status, created_at)
     select gen_random_uuid(), id, 'openai', 'gpt-4o-mini', 'vercel', 20, 5, 25, 0.000006, $3, $4, now() - make_interval(hours => $2)
     from clients where slug = $1`,
    [slug, hoursAgo, values.costBrl === undefined ? '0.0000328968' : values.costBrl, values.status ?? 'ok'],
  )
}

describe('client', () => {
  it('adds, lists, enables and disables', async () => {
    const added = await run(
      'client',
      'add',
      '--slug',
      'acme',
      '--name',
      'Acme',
      '--time-zone',
      'America/Manaus',
      '--locale',
      'en',
      '--json',
    )
    expect(added.json()).toMatchObject({ slug: 'acme', plan: 'free', use_ai_gateway: false, time_zone: 'America/Manaus', locale: 'en' })
    expect((await run('client', 'enable', 'acme', '--json')).json()).toMatchObject({ use_ai_gateway: true })
    expect((await run('client', 'disable', 'acme')).stdout).toBe('Client acme may no longer use the gateway.\n')
    const listed = await run('client', 'list')
    expect(listed.stdout).toMatch(
      /^SLUG +NAME +PLAN +GATEWAY +KEYS +A MINUTE +AT ONCE +TIME ZONE +ID\nacme +Acme +free +off +0 +- +- +America\/Manaus +[0-9a-f-]{36}\n/,
    )
    expect((await run('client', 'list', '--json')).json<{ slug: string }[]>().map(({ slug }) => slug)).toEqual(['acme', 'luisboff'])
  })

  it.each([
    [['--slug', 'luisboff', '--name', 'x'], 'catraca: There is already a client "luisboff"\n'],
    [['--slug', 'Not a slug', '--name', 'x'], 'catraca: "Not a slug" is no slug: lower-case letters, digits, - and _, at most 63\n'],
    [['--slug', 'x', '--name', ' '], 'catraca: A client needs a name\n'],
    [
      ['--slug', 'x', '--name', 'x', '--time-zone', 'Mars/Base'],
      'catraca: unknown time zone "Mars/Base": use an IANA name such as America/Sao_Paulo\n',
    ],
  ])('refuses %j in one line', async (flags, stderr) => {
    expect(await run('client', 'add', ...flags)).toMatchObject({ code: 1, stdout: '', stderr })
  })

  it('does not know a client that is not there', async () => {
    expect(await run('client', 'enable', 'nobody')).toMatchObject({
      code: 1,
      stderr: 'catraca: There is no client "nobody": see catraca client list\n',
    })
  })
})

describe('key', () => {
  it('makes a key that is shown once, lists it without its secret, and revokes it by its prefix', async () => {
    const created = (
      await run('key', 'create', 'luisboff', '--name', 'bot', '--models', 'gpt-4o-mini', '--expires', '30d', '--json')
    ).json<{
      key: string
      id: string
      prefix: string
    }>()
    expect(created.key).toMatch(/^ctk_[\w-]{43}$/)
    const listed = await run('key', 'list', 'luisboff', '--json')
    expect(listed.stdout).not.toContain(created.key)
    expect(listed.json()).toMatchObject([{ id: created.id, status: 'active', allowed_models: ['openai/gpt-4o-mini'], revoked_at: null }])
    expect((await run('key', 'revoke', created.prefix, '--json')).json()).toMatchObject({ id: created.id, status: 'revoked' })
    expect((await run('key', 'list', '--json')).json()).toMatchObject([{ id: created.id, status: 'revoked' }])
  })

  it('prints nothing but the key on stdout', async () => {
    const { stdout, stderr } = await run('key', 'create', 'luisboff', '--name', 'plain')
    expect(stdout).toMatch(/^ctk_[\w-]{43}\n$/)
    expect(stderr).not.toContain(stdout.trim())
    expect((await run('key', 'revoke', stdout.trim())).stdout).toMatch(/^Revoked ctk_.{8}… \("plain" of luisboff\)\.\n$/)
  })

  it("ends a key at a day of the client's own calendar", async () => {
    const key = (await run('key', 'create', 'luisboff', '--name', 'dated', '--expires', '2099-01-31', '--json')).json<{
      expires_at: string
    }>()
    expect(key.expires_at).toBe('2099-01-31T03:00:00.000Z')
    const zoned = await run('key', 'create', 'luisboff', '--name', 'zoned', '--expires', '2099-01-31T10:00+02:00', '--json')
    expect(zoned.json()).toMatchObject({ expires_at: '2099-01-31T08:00:00.000Z' })
  })

  it('refuses what makes no sense', async () => {
    expect(await run('key', 'create', 'luisboff', '--name', 'x', '--expires', '2020-01-01')).toMatchObject({
      code: 1,
      stderr: 'catraca: A key must end in the future\n',
    })
    expect((await run('key', 'create', 'luisboff', '--name', 'x', '--models', 'gpt-99')).stderr).toContain(
      'The model "gpt-99" is not in the registry',
    )
    expect(await run('key', 'revoke', 'ctk_')).toMatchObject({ code: 1, stderr: 'catraca: There is no key "ctk_": see catraca key list\n' })
    expect((await run('key', 'revoke', `ctk_${'test'.repeat(10)}abc`)).stderr).toBe(
      'catraca: There is no key "ctk_testtest…": see catraca key list\n',
    )
  })
})

describe('budget', () => {
  it('creates, changes, pauses and resumes', async () => {
    const set = (...flags: string[]) => run('budget', 'set', 'luisboff', '--type', 'brl', '--period', 'monthly', '--json', ...flags)
    expect((await set('--limit', '49.90', '--hard')).json()).toMatchObject({
      limit: '49.9',
      used: '0',
      hard: true,
      usage_percentage: 0,
      time_zone: 'America/Sao_Paulo',
    })
    expect((await set('--limit', '59.9')).json()).toMatchObject({ limit: '59.9', hard: true })
    expect((await set('--limit', '59.9', '--soft')).json()).toMatchObject({ hard: false })
    expect((await run('budget', 'pause', 'luisboff', '--type', 'brl')).stdout).toContain('1 budget of luisboff paused')
    const listed = await run('budget', 'list')
    expect(listed.stdout).toMatch(
      /^CLIENT +BUDGET +USED +LIMIT +% +HELD +KIND +RESETS\nluisboff +brl monthly +R\$ 0\.0000 +R\$ 59\.90 +0 % +- +soft, PAUSED +\d{4}-\d{2}-01 00:00 America\/Sao_Paulo\n$/,
    )
    expect((await run('budget', 'resume', 'luisboff', '--json')).json()).toMatchObject([{ paused: false }])
  })

  it.each([
    ['0', 'it must be above 0. To stop a client, pause the budget (catraca budget pause)'],
    ['-5', 'it must be above 0. To stop a client, pause the budget (catraca budget pause)'],
    ['1,5', 'write a number such as 100000 or 49.90, with a point and without separators'],
    ['1.5', 'tokens are whole numbers'],
    ['9000000000', 'it must be below 9,000,000,000'],
  ])('refuses a limit of %s', async (limit, why) => {
    const { code, stderr } = await run('budget', 'set', 'luisboff', '--type', 'tokens', '--period', 'daily', '--limit', limit)
    expect({ code, stderr }).toEqual({ code: 1, stderr: `catraca: "${limit}" is no limit: ${why}\n` })
  })

  it('has none to pause where there is none', async () => {
    expect(await run('budget', 'pause', 'luisboff', '--type', 'usd')).toMatchObject({
      code: 1,
      stderr: 'catraca: The client has no such budget: see catraca budget list\n',
    })
  })
})

describe('usage', () => {
  it('shows rows, newest first, the totals of all of them, and the budgets', async () => {
    expect((await run('usage', '--client', 'luisboff')).stdout).toContain('No calls today')
    await insertCall('luisboff', 60)
    await insertCall('luisboff', 40, { costBrl: null, status: 'error' })
    await insertCall('acme', 50)
    const report = (await run('usage', '--since', '3d', '--limit', '1', '--json')).json<{
      rows: object[]
      totals: object
      budgets: object[]
    }>()
    expect(report.rows).toMatchObject([{ client: 'luisboff', status: 'error', cost_brl: null, cost_usd: '0.000006', total_tokens: 25 }])
    expect(report.totals).toEqual({ calls: 3, errors: 1, total_tokens: 75, cost_usd: '0.000018', cost_brl: '0.0000657936' })
    expect(report.budgets).toMatchObject([{ client: 'luisboff', type: 'brl', period: 'monthly' }])
    const { stdout } = await run('usage', '--since', '48h', '--client', 'luisboff')
    expect(stdout).toMatch(
      /^TIME +CLIENT +MODEL +VIA +IN +OUT +TOKENS +COST R\$ +COST US\$ +STATUS\n[\d-]+ [\d:]+ +luisboff +openai\/gpt-4o-mini +vercel +20 +5 +25 +- +US\$ 0\.000006\d* +error\nTotal since 48h: 1 call, 25 tokens, -, US\$ 0\.000006/,
    )
  })

  it("takes a day by each client's own clock", async () => {
    const days = await test.database.query<{ slug: string; day: string }>(
      `select slug, to_char(now() at time zone time_zone, 'YYYY-MM-DD') as day from clients where slug = 'luisboff'`,
    )
    await insertCall('luisboff', 0)
    const since = async (day: string) =>
      (await run('usage', '--client', 'luisboff', '--since', day, '--json')).json<{ rows: object[] }>().rows.length
    const [today] = await test.database.query<{ day: string; next: string }>(
      `select to_char(now() at time zone 'America/Sao_Paulo', 'YYYY-MM-DD') as day, to_char(now() at time zone 'America/Sao_Paulo' + interval '1 day', 'YYYY-MM-DD') as next`,
    )
    expect(days[0]?.day).toBe(today?.day)
    expect(await since(today?.day ?? '')).toBe(1)
    expect(await since(today?.next ?? '')).toBe(0)
    expect(await since('today')).toBe(1)
  })

  it('shows sums instead of rows: by client, by model, by day', async () => {
    interface Sums {
      groups: { name: string; calls: number; errors: number; unpriced_brl: number; total_tokens: number; cost_usd: string }[]
      latency: object | null
      time_zone: string
    }
    const by = async (what: string, ...more: string[]) =>
      (await run('usage', '--by', what, '--since', '3d', '--json', ...more)).json<Sums>()
    expect(await by('client')).toMatchObject({
      time_zone: 'America/Sao_Paulo',
      latency: null,
      groups: [
        { name: 'luisboff', calls: 3, errors: 1, unpriced_brl: 1, total_tokens: 75, cost_usd: '0.000018' },
        { name: 'acme', calls: 1, errors: 0 },
      ],
    })
    expect((await by('model')).groups).toMatchObject([{ name: 'openai/gpt-4o-mini', calls: 4, total_tokens: 100 }])
    const days = await by('day', '--client', 'acme')
    expect(days).toMatchObject({ time_zone: 'America/Manaus', groups: [{ name: expect.stringMatching(/^\d{4}-\d\d-\d\d$/), calls: 1 }] })
    expect((await run('usage', '--by', 'model', '--since', '3d')).stdout).toMatch(
      /^MODEL +CALLS +ERRORS +CACHED +IN +OUT +TOKENS +COST R\$ +COST US\$\nopenai\/gpt-4o-mini +4 +1 +0 +80 +20 +100 .*\n\nSince .* \(America\/Sao_Paulo\)\.\n/,
    )
    expect((await run('usage', '--by', 'day', '--client', 'nobody-yet', '--since', '1h')).code).not.toBe(0)
  })
})

describe('db archive', () => {
  it('lists months that were put away, explains what is missing, and drops one when told', async () => {
    const { stdout: none } = await run('db', 'archive', 'list')
    expect(none).toBe('No month was put away.\n')
    await insertCall('acme', 24 * 200)
    await keepPartitions(test.database, { retentionMonths: 2 })
    const [listed] = (await run('db', 'archive', 'list', '--json')).json<{ month: string; bytes: number; dropped_at: null }[]>()
    expect(listed).toMatchObject({ month: expect.stringMatching(/^\d{4}-\d\d$/), bytes: expect.any(Number), dropped_at: null })
    const month = listed?.month ?? ''
    expect((await run('explain', newId())).stderr).toContain(`Months up to ${month} were put away`)
    expect((await run('usage', '--by', 'client', '--since', '30w', '--client', 'acme')).stdout).toMatch(/\nacme +2 /)
    expect((await run('db', 'archive', 'drop', '2001-01')).stderr).toContain('The rows of 2001-01 are not in the archive')
    expect((await run('db', 'archive', 'drop', 'july')).stderr).toContain('"july" is no month: write it as 2025-07')
    expect((await run('db', 'archive', 'drop', month)).stdout).toBe(`The rows of ${month} are deleted. Sums by hour and day stay.\n`)
    expect((await run('db', 'archive', 'list')).stdout).toMatch(
      new RegExp(`^MONTH +PUT AWAY +MB +DROPPED\\n${month} +[\\d-]{10} +- +[\\d-]{10}\\n`),
    )
  })
})

describe('models', () => {
  it('lists what may be called, by type and provider', async () => {
    const models = (await run('models', 'list', '--type', 'chat', '--provider', 'openai', '--json')).json<
      { gateway_identifier: string }[]
    >()
    expect(models.find(({ gateway_identifier }) => gateway_identifier === 'openai/gpt-4o-mini')).toMatchObject({
      api_type: 'chat',
      input_price_per_million: '0.15',
      cached_input_price_per_million: '0.075',
      output_price_per_million: '0.6',
    })
    expect(models.every(({ gateway_identifier }) => gateway_identifier.startsWith('openai/'))).toBe(true)
    expect((await run('models', 'list', '--type', 'transcription')).stdout).toMatch(
      /openai\/whisper-1 +transcription +- +- +- +0\.006\/minute/,
    )
  })

  it('syncs: says what it added, changed and left to the operator', async () => {
    await test.database.query("delete from ai_models_registry where gateway_identifier = 'openai/gpt-4o-mini'")
    await test.database.query("update ai_models_registry set input_price_per_million = 99 where gateway_identifier = 'openai/gpt-4o'")
    const { stdout } = await run('models', 'sync')
    expect(stdout).toContain('added    openai/gpt-4o-mini\n')
    expect(stdout).toContain('kept     openai/gpt-4o input_price_per_million: 99 → 2.5')
    expect((await run('models', 'sync', '--json')).json()).toMatchObject({ added: [], changed: [] })
  })
})

describe('setup and vault', () => {
  it("stores keys under the guide's names, links them, and rotates them the second time", async () => {
    const first = await run('setup', '--openai-key', 'sk-test-1', '--json')
    expect(first.json()).toMatchObject({ stored: [{ name: 'shared_openai_api_key', rotated: false }] })
    expect(first.stderr).toContain('list of processes')
    const withKeys = { ...env, OPENAI_API_KEY: 'sk-test-2', GOOGLE_GENERATIVE_AI_API_KEY: 'AIza-test', AI_GATEWAY_API_KEY: 'vck_test' }
    const second = await runCommand(withKeys, 'setup')
    expect(second.stdout).toContain('stored   shared_gateway_api_key\nrotated  shared_openai_api_key\nstored   shared_google_api_key\n')
    expect(second.stdout).toContain('Without a key: Groq, Anthropic.')
    expect(second.stdout + second.stderr).not.toContain('sk-test')
    const shown = await run('sql', '-c', 'select name, description, decrypted_secret as key from vault.decrypted_secrets order by name')
    expect(shown.stdout).toContain('shared_gateway_api_key | Shared Vercel AI Gateway API Key | vck_test')
    expect(shown.stdout).toContain('shared_openai_api_key  | Shared OpenAI API Key            | sk-test-2')
    const linked = await run(
      'sql',
      '-c',
      'select s.name from shared_gateway_config c join vault.secrets s on s.id = c.openai_api_key_secret_id',
    )
    expect(linked.stdout).toContain(' shared_openai_api_key\n(1 row)')
  })

  it('stores nothing when one of the keys is wrong', async () => {
    const { code, stderr } = await run('setup', '--groq-key', 'gsk_test', '--openai-key', 'sk-ant-test')
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'catraca: that is a key of Anthropic (sk-ant-…), not of OpenAI (sk-…). Nothing was stored\n',
    })
    expect((await run('vault', 'list')).stdout).not.toContain('groq')
    expect(await run('setup')).toMatchObject({ code: 2, stdout: '' })
  })

  it('puts and lists secrets, and rotates the master key', async () => {
    expect((await run('vault', 'put', 'extra', '--value', 'test-value', '--description', 'of a test', '--json')).json()).toMatchObject({
      name: 'extra',
      rotated: false,
    })
    expect((await run('vault', 'put', 'extra', '--value', 'test-value-2')).stdout).toMatch(/^Rotated extra \(/)
    const listed = await run('vault', 'list')
    expect(listed.stdout).toMatch(/^NAME +DESCRIPTION +SEALED +UPDATED \(UTC\) +ID\nextra +of a test +envelope /)
    expect(listed.stdout).not.toContain('test-value')
    expect(await run('vault', 'rotate')).toMatchObject({ code: 2, stdout: '' })
    const next = generateMasterKey()
    const rotated = await runCommand({ ...env, CATRACA_NEW_MASTER_KEY: next }, 'vault', 'rotate', '--json')
    expect(rotated.json()).toEqual({ secrets: 4, master_key: 'CATRACA_NEW_MASTER_KEY' })
    expect(await run('vault', 'list')).toMatchObject({ code: 1 })
    env.CATRACA_MASTER_KEY = next
    expect((await run('sql', '-c', "select decrypted_secret from vault.decrypted_secrets where name = 'extra'")).stdout).toContain(
      ' test-value-2\n',
    )
  })
})

describe('doctor', () => {
  it('runs the 17 checks on a real database, and fails when one does', async () => {
    const { code, stdout } = await run('doctor', '--json')
    const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: { number?: number; name: string; status: string }[] }
    const failed = checks.filter(({ status }) => status === 'fail').map(({ number }) => number)
    expect({ code, ok, failed }).toEqual({ code: 1, ok: false, failed: [4] })
    expect(checks.flatMap(({ number }) => number ?? [])).toEqual(Array.from({ length: 17 }, (_, index) => index + 1))
    const named = ['Schema', 'Durability', 'Clock', 'Spool', 'Jobs', 'Notifications', 'Prices']
    expect(checks.map(({ name }) => name)).toEqual(expect.arrayContaining(named))
    await run('setup', '--groq-key', 'gsk_test')
    const healthy = await run('doctor')
    expect(healthy.code).toBe(0)
    expect(healthy.stdout).toMatch(/^ 1 ✓ Vercel account created/)
    expect(healthy.stdout).toMatch(/\n\d+ pass, 0 fail, \d+ by hand or not yet\.\n$/)
  })

  it('fits its window, and leaves a fix whole', async () => {
    const terminal = Object.assign(createTestTerminal(env), { columns: 80 })
    await runCli(['doctor'], { up: () => Promise.reject(new Error('not in this test')), terminal })
    const { stdout } = terminal
    const lines = stdout.split('\n')
    expect(lines.filter((line) => !line.startsWith('     → ') && line.length > 80)).toEqual([])
    expect(lines).toContain(` 7 ✓ ENABLE_AI_GATEWAY=true in .env.local  set`)
    expect(stdout).toMatch(/\n13 ✓ clients\.use_ai_gateway = true for the test client\n {43}luisboff may use the gateway\n/)
    expect(stdout).toMatch(/\n {3}☐ Exchange rate {25}R\$ .*\n {43}\S/)
  })

  it('names a setting that there is not', async () => {
    const { stdout } = await runCommand({ ...env, CATRACA_DATA_DR: '/data' }, 'doctor')
    expect(stdout).toMatch(/☐ Settings +There is no setting CATRACA_DATA_DR: it is ignored \(CATRACA_DATA_DIR\?\)\n +→ correct the name/)
  })

  it('says that DATABASE_URL is wrong where the database refuses it', async () => {
    const url = new URL(test.url)
    url.pathname = '/no_such_database'
    expect(await runCommand({ ...env, DATABASE_URL: url.href }, 'doctor')).toMatchObject({
      code: 1,
      stderr: 'catraca: The database refused the login (database "no_such_database" does not exist): is DATABASE_URL right?\n',
    })
    const role = `weak_${newId().slice(-12)}`
    await test.database.query(`create role ${role} login password 'test'`)
    try {
      const weak = new URL(test.url)
      weak.username = role
      weak.password = 'test'
      const { code, stderr } = await runCommand({ ...env, DATABASE_URL: weak.href }, 'doctor')
      expect(stderr).toMatch(/^catraca: The database refused \(permission denied .*\): DATABASE_URL must name the login that owns/)
      expect(code).toBe(1)
    } finally {
      await test.database.query(`drop role ${role}`)
    }
  })

  it('notices a counter that is not the sum of its rows', async () => {
    await test.database.query(
      `insert into budget_periods (budget_id, period_start, period_end, "limit", used)
       select id, budget_period_start('monthly', 'America/Sao_Paulo', now()), budget_period_end('monthly', 'America/Sao_Paulo', now()), limit_amount, 7
       from budgets where budget_type = 'brl'`,
    )
    const { code, stdout } = await run('doctor')
    expect(code).toBe(1)
    expect(stdout).toMatch(/17 ✗ The budget moves +a counter is not the sum of its rows: luisboff, brl monthly: counter 7, rows 0/)
  })
})

describe('sql, db and migrate', () => {
  it('gives the address and nothing else', async () => {
    expect(await run('db', 'url')).toMatchObject({ code: 0, stdout: `${test.url}\n`, stderr: '' })
    expect(await run('db', 'stop')).toMatchObject({ code: 2 })
  })

  it('fails a failed -c', async () => {
    expect(await run('sql', '-c', 'select 1/0')).toMatchObject({ code: 1, stdout: '', stderr: 'ERROR:  division by zero\n' })
    expect(await run('sql', '-f', 'no-such-file.sql')).toMatchObject({ code: 1, stderr: expect.stringMatching(/^catraca: ENOENT/) })
  })

  it('has nothing to migrate', async () => {
    expect((await run('migrate', '--json')).json()).toEqual({ applied: [] })
  })
})

describe('what is typed wrong', () => {
  it.each([
    [['nonsense'], "catraca: unknown command 'nonsense': see npx catraca --help"],
    [['client', 'ad'], "catraca: unknown command 'ad' (Did you mean add?): see npx catraca client --help"],
    [['client', 'add', '--name', 'x'], "catraca: required option '--slug <slug>' not specified: see npx catraca client add --help"],
    [['sql', 'select 1'], "catraca: too many arguments for 'sql'. Expected 0 arguments but got 1: select 1: see npx catraca sql --help"],
    [['usage', '--limit', 'many'], "catraca: option '--limit <number>' argument 'many' is invalid. It must be a whole number from 1 up."],
    [['usage', '--since', 'ontem'], 'catraca: --since "ontem" is neither a length of time (1h, 24h, 7d) nor a date (2026-11-20)'],
    [
      ['budget', 'set', 'x', '--type', 'euro', '--limit', '1', '--period', 'daily'],
      `catraca: option '--type <type>' argument 'euro' is invalid. Allowed choices are tokens, brl, usd.`,
    ],
    [
      ['budget', 'set', 'x', '--type', 'brl', '--limit', '1', '--period', 'daily', '--hard', '--soft'],
      "catraca: option '--hard' cannot be used with option '--soft'",
    ],
  ])('%j: one line, exit code 2', async (argv, line) => {
    expect(await run(...argv)).toMatchObject({ code: 2, stdout: '', stderr: `${line}\n` })
  })

  it('is told apart from what is wrong with the settings and with the database', async () => {
    const bad = await runCommand({ ...env, PORT: 'abc' }, 'client', 'list')
    expect(bad).toMatchObject({ code: 1, stderr: expect.stringContaining('catraca: The configuration is not valid. PORT:') })
    const away = await runCommand({ ...env, DATABASE_URL: 'postgres://catraca@127.0.0.1:1/none' }, 'client', 'list')
    expect(away).toMatchObject({ code: 1, stdout: '' })
    expect(away.stderr).toMatch(
      /^catraca: The database cannot be reached \(.*ECONNREFUSED.*\): is PostgreSQL running, and is DATABASE_URL right\?\n$/,
    )
  })
})

describe('help', () => {
  const program = createProgram(createTestTerminal({}), async () => {})
  addCommands(program, createTestTerminal({}))
  const leaves = (command: Command): Command[] => (command.commands.length === 0 ? [command] : command.commands.flatMap(leaves))
  const path = (command: Command): string => (command.parent ? `${path(command.parent)} ${command.name()}` : command.name())

  it.each(leaves(program).map((command) => [path(command), command] as const))(
    '%s has an example and is in docs/cli.md',
    async (name, command) => {
      const terminal = createTestTerminal({})
      let help = ''
      command.configureOutput({ writeOut: (text) => (help += text) })
      command.outputHelp()
      expect(help).toMatch(new RegExp(`\\nExamples?:\\n  \\$ .*(?:npx )?${name}\\b`))
      expect(await readFile(new URL('../../docs/cli.md', import.meta.url), 'utf8')).toContain(`\`${name.replace('catraca ', '')}`)
      expect(terminal.stderr).toBe('')
    },
  )

  it('offers --json wherever something is created, listed or shown', () => {
    const without = leaves(program).filter((command) => !command.options.some(({ long }) => long === '--json'))
    expect(without.map((command) => command.name())).toEqual(['up', 'sql', 'completion'])
  })

  it('lists every command under a heading, and says what has to be given', async () => {
    const read = async (...argv: string[]) => (await run(...argv, '--help')).stdout
    const whole = await read()
    for (const command of program.commands) expect(whole).toMatch(new RegExp(`^  ${command.name()} `, 'm'))
    expect(whole).toContain('\nStart:\n  up ')
    expect(whole).not.toContain('\nCommands:')
    const steps = [...whole.matchAll(/\$ npx catraca ([a-z]+)/g)].map(([, name]) => name)
    expect(steps).toEqual(['up', 'setup', 'client', 'budget', 'key', 'usage'])
    expect(await read('client', 'add')).toMatch(/--slug <slug> .*\(required\)/)
  })
})
