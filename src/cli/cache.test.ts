import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { type CliRun, runCommand } from '../../tests/_support/terminal.ts'
import { generateMasterKey } from '../vault/index.ts'

let db: TestDatabase
let env: Record<string, string>
const run = (...argv: string[]): Promise<CliRun> => runCommand(env, ...argv)

beforeAll(async () => {
  db = await createTestDatabase()
  env = { DATABASE_URL: db.url, CATRACA_MASTER_KEY: generateMasterKey(), ENABLE_AI_GATEWAY: 'true', PORT: '1' }
  for (const slug of ['acme', 'zeta']) {
    await run('client', 'add', '--slug', slug, '--name', slug)
    await db.database.query(
      `insert into response_cache (client_id, key_hash, sealed)
       select id, sha256(n::text::bytea), 'sealed' from clients, generate_series(1, 3) n where slug = $1`,
      [slug],
    )
  }
})
afterAll(() => db.drop())

test('switches a client, tells what is kept, and forgets it', async () => {
  expect((await run('cache', 'off', 'acme')).stdout).toBe('The cache of acme is off.\n')
  expect((await run('cache', 'on', 'acme', '--json')).json()).toEqual({ client: 'acme', cache_enabled: true })
  expect((await run('cache', 'stats')).stdout).toMatch(
    /^CLIENT +CACHE +SEMANTIC +ANSWERS +BYTES +OLDEST \(UTC\)\nacme +on +- +3 +18 +\d[^\n]+\nzeta +shared +- +3 +18 /,
  )
  expect((await run('cache', 'shared', 'acme')).stdout).toContain('as shared_gateway_config says')
  expect((await run('cache', 'clear', 'acme')).stdout).toBe('Forgot 3 answers of acme.\n')
  expect((await run('cache', 'stats', '--json')).json()).toMatchObject([{ client: 'zeta', cache_enabled: null, answers: 3, bytes: 18 }])
  expect((await run('cache', 'clear', '--all', '--json')).json()).toEqual({ client: null, answers: 3, bytes: 18 })
  expect((await run('cache', 'stats')).stdout).toBe('Nothing is cached.\n')
  expect((await run('cache', 'clear')).stderr).toContain('Name a client, or --all.')
  expect((await run('cache', 'clear', 'acme', '--all')).stderr).toContain('Name a client, or --all.')
  expect((await run('cache', 'on', 'nobody')).stderr).toContain('There is no client "nobody"')
})

test('the semantic cache is refused in words where the database has no pgvector', async () => {
  const refused = await run('cache', 'semantic', 'on', 'acme')
  expect(refused.code).toBe(1)
  expect(refused.stderr).toMatch(/needs the extension pgvector, which this database lacks\. Supabase has it/)
  expect(refused.stderr).toContain('DATABASE_URL')
  expect(await db.database.query('select 1 from client_semantic_cache')).toEqual([])
  expect((await run('cache', 'semantic', 'on', 'acme', '--model', 'openai/gpt-4o-mini')).stderr).toContain('openai/gpt-4o-mini')
  for (const similarity of ['0.4', '1.1', 'high', '']) {
    const wrong = await run('cache', 'semantic', 'on', 'acme', '--similarity', similarity)
    expect([wrong.code, wrong.stderr.includes('from 0.5 to 1')]).toEqual([2, true])
  }
  expect((await run('cache', 'semantic', 'on', 'nobody')).stderr).toContain('There is no client "nobody"')
  expect((await run('cache', 'semantic', 'off', 'acme')).stdout).toBe('acme is answered from the cache by exactly the same request only.\n')
})
