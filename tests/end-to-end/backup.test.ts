import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { writeBackup } from '../../src/backup/index.ts'
import { readConfig } from '../../src/config/index.ts'
import { migrate, readMigrations } from '../../src/database/index.ts'
import { startServer } from '../../src/server.ts'
import { silentLog } from '../../src/shared/log.ts'
import { generateMasterKey } from '../../src/vault/index.ts'
import { callGateway, newAgent } from '../_support/call-gateway.ts'
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../_support/database.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { addBudget } from '../_support/ledger.ts'
import { runCommand } from '../_support/terminal.ts'

interface Told {
  file: string
  rows: number
  calls_under_way: number
  unbooked_records: number
  tables: { table: string; rows: number; digest: string }[]
}

interface Restored extends Told {
  secrets: { opened: number; failed: { name: string }[] }
  migrated: string[]
  audit: { ok: boolean; rows: number }
}

const oddText = 'ção “”\u2028\\N\t{"a":[1]}\n\r\u{1F95A}\u0001'
/** Never answered: a call under way for as long as this test wants one. */
const lasting = 'reply with 5 words [[emulate hang]]'

let gateway: TestGateway
let folder: string
let file: string
let backup: Told
const databases: TestDatabase[] = []

async function newDatabase(create = createEmptyDatabase): Promise<TestDatabase> {
  const made = await create()
  databases.push(made)
  return made
}

const restoreInto = (database: TestDatabase, path = file, ...more: string[]) =>
  runCommand({ ...gateway.env, DATABASE_URL: database.url }, 'restore', path, '--json', ...more)

function ask(content: string, url = gateway.url, agent = new Agent()) {
  return callGateway({
    url,
    agent,
    key: gateway.client.key,
    body: { model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content }], max_tokens: 50 },
  })
}

/** Of every kind of value that a number or a careless reader would change. */
async function insertOddities({ database }: TestGateway): Promise<void> {
  await database.query(
    `insert into exchange_rates (rate, source, quoted_at, fetched_at)
     values (5.12345678, 'ptax', '2026-11-20 13:07:11.000001+00', '2026-11-20 13:07:11.123456+00')`,
  )
  await database.query(
    `insert into audit_log (actor, action, table_name, row_id, before, after) values ($1, 'odd', '', '', 'null', '[1.10, 12345678901234567890.123]')`,
    [oddText],
  )
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'catraca-backup-'))
  file = join(folder, 'backup.jsonl.gz')
  gateway = await startTestGateway({
    keys: ['gateway', 'openai', 'groq'],
    env: { USD_BRL_RATE: '5.4828', CATRACA_DRAIN_TIMEOUT_MS: '200' },
  })
  await addBudget(gateway.database, gateway.client.id, { type: 'brl', limit: 100, period: 'monthly', hard: true })
  await addBudget(gateway.database, gateway.client.id, { type: 'tokens', limit: 1_000_000, hard: false })
  await insertOddities(gateway)
  for (const words of [3, 5, 8]) await ask(`reply with ${words} words`)
  // Calls go on while it is written, and one began before.
  let isWritten = false
  const agent = newAgent()
  void ask(lasting, gateway.url, agent)
  await vi.waitFor(async () => expect(await gateway.database.query('select 1 from call_admissions')).not.toEqual([]), { timeout: 20_000 })
  const others = (async () => {
    while (!isWritten) await ask('reply with 4 words')
  })()
  // Where the gateway does not answer at once, as on a busy machine, the command warns that some records may be missing.
  const run = await vi.waitFor(async () => {
    await rm(file, { force: true })
    const run = await runCommand({ ...gateway.env, PORT: new URL(gateway.url).port }, 'backup', '--json', '--to', file)
    expect(run).toMatchObject({ code: 0, stderr: '' })
    return run
  })
  isWritten = true
  backup = run.json<Told>()
  expect(backup.unbooked_records).toBe(0)
  agent.destroy()
  await others
})
afterAll(async () => {
  await gateway?.close()
  for (const { drop } of databases) await drop()
  await rm(folder, { recursive: true, force: true })
})

describe('backup', () => {
  test('is a file for its owner alone, whole or not there, never written over', async () => {
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const again = await runCommand(gateway.env, 'backup', '--to', file)
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('is there already: choose another name with --to') })
  })

  test('has every table that is not left out on purpose', async () => {
    const tables = await gateway.database.query<{ id: string }>(
      `select n.nspname || '.' || c.relname as id from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname in ('public', 'vault') and c.relkind in ('r', 'p') and c.relpersistence = 'p' and not c.relispartition`,
    )
    const kept = new Set(backup.tables.map(({ table }) => table))
    const missing = tables.map(({ id }) => id).filter((id) => !kept.has(id))
    expect(missing.sort()).toEqual([
      'public.auth_rate_limits',
      'public.auth_sessions',
      'public.auth_verifications',
      'public.catraca_migrations',
    ])
    expect(backup.calls_under_way).toBeGreaterThan(0)
  })

  test('holds no key in the open, and not the master key', async () => {
    const text = gunzipSync(await readFile(file)).toString()
    expect(text).not.toContain('sk-test-openai')
    expect(text).not.toContain(gateway.env.CATRACA_MASTER_KEY)
    expect(text).toContain('catraca-envelope-1:')
  })
})

describe('restore', () => {
  let restored: TestDatabase

  test('brings every row back as it was, and the books are in order', async () => {
    restored = await newDatabase()
    const run = await restoreInto(restored)
    expect(run).toMatchObject({ code: 0 })
    const told = run.json<Restored>()
    expect(told.audit.ok).toBe(true)
    expect(told.audit.rows).toBeGreaterThanOrEqual(3)
    expect(told.secrets).toEqual({ opened: 3, failed: [] })
    expect(told.tables).toEqual(backup.tables)
    for (const values of [
      'select rate::text, quoted_at::text, fetched_at::text from exchange_rates where rate = 5.12345678',
      "select actor, before::text, after::text, before is null as is_null from audit_log where action = 'odd'",
    ]) {
      const rows = await restored.database.query(values)
      expect(rows).toHaveLength(1)
      expect(rows).toEqual(await gateway.database.query(values))
    }
    console.info(`backup and restore: ${told.rows} rows of ${told.tables.length} tables, every digest equal`)
  })

  test('the gateway serves on it, and calls that were under way count as orphaned', async () => {
    const { database } = restored
    await database.query("update call_admissions set expires_at = now() - interval '1 minute'")
    await database.query("update budget_holds set expires_at = now() - interval '1 minute'")
    const before = await database.query<{ max: bigint }>('select max(id) from gateway_usage_logs')
    const data = await mkdtemp(join(folder, 'data-'))
    const env = { ...gateway.env, DATABASE_URL: restored.url, CATRACA_DATA_DIR: data, CATRACA_EXPIRE_EVERY_MS: '200' }
    const server = await startServer(readConfig(env), { log: silentLog })
    try {
      // On a busy machine a database that was just restored may keep the first call waiting for longer than it waits.
      const answer = await vi.waitFor(async () => {
        const view = await ask('reply with 6 words', server.url)
        expect(view.status, view.text).toBe(200)
        return view
      })
      await vi.waitFor(
        async () => {
          expect(await database.query('select 1 from call_admissions')).toEqual([])
          const rows = await database.query('select id from gateway_usage_logs where call_id = $1', [answer.callId])
          expect(rows).toHaveLength(1)
        },
        { timeout: 30_000, interval: 100 },
      )
    } finally {
      await server.close()
    }
    const orphaned = await database.query("select id from gateway_usage_logs where status = 'orphaned' and id > $1", [before[0]?.max])
    expect(orphaned.length).toBe(backup.calls_under_way)
    expect(await runCommand(env, 'audit', '--json')).toMatchObject({ code: 0 })
  })

  test('says which secrets do not open with the master key that is here', async () => {
    const database = await newDatabase()
    const env = { ...gateway.env, DATABASE_URL: database.url, CATRACA_MASTER_KEY: generateMasterKey() }
    const run = await runCommand(env, 'restore', file)
    expect(run.code).toBe(1)
    expect(run.stdout).toMatch(/3 of 3 stored secrets do not open: .*shared_gateway_api_key/)
    expect(run.stdout).toContain('The books are in order')
    // With the right one all is well: nothing has to be restored again.
    expect(await runCommand({ ...env, CATRACA_MASTER_KEY: gateway.env.CATRACA_MASTER_KEY }, 'vault', 'list', '--json')).toMatchObject({
      code: 0,
    })
  })

  test('refuses a database in use; --force replaces what is there', async () => {
    const database = await newDatabase(createTestDatabase)
    await database.database.query("insert into clients (name, slug) values ('Other', 'other')")
    const refused = await restoreInto(database)
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('This database is in use: there are rows in clients (1)') })
    expect((await restoreInto(database, file, '--force')).json<Restored>().tables).toEqual(backup.tables)
    expect(await database.database.query("select 1 from clients where slug = 'other'")).toEqual([])
    // Triggers are back in force: a change is noted.
    const version = async () =>
      (await database.database.query<{ version: bigint }>('select version from catraca_changes'))[0]?.version ?? 0n
    const before = await version()
    await database.database.query("insert into clients (name, slug) values ('Other', 'other')")
    expect(await version()).toBeGreaterThan(before)
  })

  test('refuses while a gateway is connected', async () => {
    const refused = await runCommand(gateway.env, 'restore', file, '--force')
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('A gateway is connected to this database') })
  })
})

describe('a file that is not whole', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await newDatabase()
  })

  test.each<[string, RegExp, (whole: Buffer) => Buffer]>([
    ['torn', /ends too early: it was torn/, (whole) => whole.subarray(0, whole.length - 2_000)],
    ['without its last line', /is not whole: it ends too early/, (whole) => edit(whole, (lines) => lines.slice(0, -1))],
    [
      'a row less',
      /public.clients has 0 rows, and not the 1/,
      (whole) => edit(whole, (lines) => lines.toSpliced(lines.indexOf('{"table":"public.clients"}') + 1, 1)),
    ],
    [
      'another digit',
      /public.exchange_rates has \d+ rows, and not/,
      (whole) => edit(whole, (lines) => lines.map((line) => line.replace('5.12345678', '5.12345679'))),
    ],
    ['something else', /is damaged, or is no backup/, () => Buffer.from('-- PostgreSQL database dump')],
    ['another list', /is no backup of Catraca/, () => gzipSync('{"a":1}\n')],
  ])('%s is refused in words, and the database stays untouched', async (_what, words, damage) => {
    const broken = join(await mkdtemp(join(folder, 'broken-')), 'backup.jsonl.gz')
    await writeFile(broken, damage(await readFile(file)))
    const run = await restoreInto(database, broken)
    expect(run).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(words) })
    expect(await database.database.query("select to_regclass('public.clients') as clients")).toEqual([{ clients: null }])
  })

  function edit(whole: Buffer, change: (lines: string[]) => string[]): Buffer {
    const lines = gunzipSync(whole).toString().replace(/\n$/, '').split('\n')
    return gzipSync(`${change(lines).join('\n')}\n`)
  }
})

describe('an older schema', () => {
  // Before aliases, guardrails, accounts and notifications.
  const newest = '20251214000400'

  test('is restored as it was and brought up to date; a newer database is refused', async () => {
    const old = await newDatabase()
    const only = new Set((await readMigrations()).map(({ version }) => version).filter((version) => version <= newest))
    await migrate(old.database, { only })
    await old.database.query("insert into clients (name, slug) values ('Ana', 'ana')")
    const path = join(folder, 'old.jsonl.gz')
    await writeBackup({ database: old.database, path, version: '0.0.1', countCallsUnderWay: async () => 0 })
    const fresh = await newDatabase()
    const told = (await restoreInto(fresh, path)).json<Restored>()
    expect(told.migrated.length).toBe((await readMigrations()).length - only.size)
    expect(told.audit.ok).toBe(true)
    expect(await fresh.database.query('select slug from clients')).toEqual([{ slug: 'ana' }])
    const refused = await restoreInto(await newDatabase(createTestDatabase), path)
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/This database is newer than the backup .* a new --data-dir/) })
  })

  test('months that were put away come back where they were', async () => {
    const source = await newDatabase(createTestDatabase)
    await source.database.query("insert into clients (id, name, slug) values ('0198f3c2-0000-7000-8000-000000000001', 'Ana', 'ana')")
    await source.database.query("select ensure_usage_partition('2025-03-10')")
    await source.database.query("select ensure_usage_partition('2025-08-10')")
    for (const day of ['2025-03-10', '2025-08-10']) {
      await source.database.query(
        `insert into gateway_usage_logs (call_id, client_id, created_at, provider, model_name, api_type, status, input_tokens, output_tokens, total_tokens)
         values (gen_random_uuid(), '0198f3c2-0000-7000-8000-000000000001', $1, 'openai', 'openai/gpt-4o-mini', 'chat', 'ok', 3, 4, 7)`,
        [day],
      )
    }
    await source.database.query('alter table gateway_usage_logs detach partition gateway_usage_logs_202503')
    await source.database.query('alter table gateway_usage_logs_202503 set schema catraca_archive')
    await source.database.query(
      "insert into archived_usage_months (month_start, month_end) values ('2025-03-01 00:00Z', '2025-04-01 00:00Z')",
    )
    const path = join(folder, 'archive.jsonl.gz')
    const { tables } = await writeBackup({ database: source.database, path, version: '0.0.1', countCallsUnderWay: async () => 0 })
    expect(tables.find(({ table }) => table === 'catraca_archive.gateway_usage_logs_202503')?.rows).toBe(1)
    const fresh = await newDatabase()
    expect((await restoreInto(fresh, path)).json<Restored>().tables).toEqual(tables)
    expect(await fresh.database.query('select input_tokens from catraca_archive.gateway_usage_logs_202503')).toHaveLength(1)
    expect(await fresh.database.query('select tableoid::regclass::text as month from gateway_usage_logs')).toEqual([
      { month: 'gateway_usage_logs_202508' },
    ])
  })
})

describe("Supabase's vault", () => {
  test('is neither emptied nor filled: its keys are stored again', async () => {
    const database = await newDatabase()
    await database.database.query(`
      create schema vault;
      create table vault.secrets (id uuid primary key default gen_random_uuid(), name text, description text not null default '', secret text not null,
        key_id uuid, nonce bytea, created_at timestamptz not null default now(), updated_at timestamptz not null default now());
      create view vault.decrypted_secrets as select *, secret as decrypted_secret from vault.secrets;
      create function vault.create_secret(new_secret text, new_name text = null, new_description text = '', new_key_id uuid = null)
        returns uuid language sql as 'insert into vault.secrets (secret, name) values (new_secret, new_name) returning id';
      create function vault.update_secret(secret_id uuid, new_secret text = null, new_name text = null, new_description text = null, new_key_id uuid = null)
        returns void language sql as '';
      insert into vault.secrets (secret, name) values ('of the application', 'theirs')`)
    const run = await runCommand({ ...gateway.env, DATABASE_URL: database.url }, 'restore', file)
    expect(run).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Stored keys were not restored (Supabase's vault keeps its own)"),
    })
    expect(await database.database.query('select name from vault.secrets')).toEqual([{ name: 'theirs' }])
    const path = join(folder, 'supabase.jsonl.gz')
    const env = { ...gateway.env, DATABASE_URL: database.url }
    expect(await runCommand(env, 'backup', '--to', path)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('The stored keys are not in it'),
    })
    expect(gunzipSync(await readFile(path)).toString()).not.toContain('of the application')
  })
})

describe('the PostgreSQL inside', () => {
  test('has its data directory restored as well, the master key put there by hand', async () => {
    const data = await mkdtemp(join(folder, 'inside-'))
    await chmod(folder, 0o755)
    await chmod(data, 0o755)
    const { DATABASE_URL: _, CATRACA_MASTER_KEY: masterKey = '', ...env } = gateway.env
    await writeFile(join(data, 'master-key'), `${masterKey}\n`, { mode: 0o600 })
    const run = await runCommand({ ...env, CATRACA_DATA_DIR: data }, 'restore', file, '--json')
    expect(run).toMatchObject({ code: 0 })
    expect(run.json<Restored>().secrets.opened).toBe(3)
    expect(await runCommand({ ...env, CATRACA_DATA_DIR: data }, 'client', 'list', '--json')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('agencia'),
    })
  })
})
