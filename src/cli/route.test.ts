import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { type CliRun, runCommand } from '../../tests/_support/terminal.ts'
import { generateMasterKey } from '../vault/index.ts'

let db: TestDatabase
let env: Record<string, string>

beforeAll(async () => {
  db = await createTestDatabase()
  env = { DATABASE_URL: db.url, CATRACA_MASTER_KEY: generateMasterKey() }
  await run('client', 'add', '--slug', 'luisboff', '--name', 'Luis Boff', '--enable')
  await run('setup', '--openai-key', 'sk-test-made-up', '--google-key', 'AIza-test-made-up')
})
afterAll(() => db.drop())

const run = (...argv: string[]): Promise<CliRun> => runCommand(env, ...argv)

test('an alias is set, changed piece by piece, listed, explained and removed', async () => {
  const set = await run(...'route set chat --target openai/gpt-4o google/gemini-2.5-flash@direct --hedge-after 1500 --json'.split(' '))
  expect(set.json()).toEqual({
    alias: 'chat',
    client: null,
    strategy: 'ordered',
    targets: [
      { model: 'openai/gpt-4o', via: null, weight: 1 },
      { model: 'google/gemini-2.5-flash', via: 'direct', weight: 1 },
    ],
    fallbacks: null,
    hedge_after_ms: 1500,
    downgrade: null,
    timeouts: { connect_ms: null, first_byte_ms: null, idle_ms: null, total_ms: null },
  })
  const changed = await run(
    ...'route set chat --strategy cheapest --hedge-after none --timeouts first-byte=2000,idle=500 --json'.split(' '),
  )
  expect(changed.json()).toMatchObject({
    strategy: 'cheapest',
    hedge_after_ms: null,
    timeouts: { first_byte_ms: 2000, idle_ms: 500, total_ms: null },
  })
  await run('route', 'set', 'chat', '--client', 'luisboff', '--target', 'openai/gpt-4o=70', 'gpt-4o-mini=30', '--strategy', 'weighted')
  await run('route', 'set', 'chat', '--client', 'luisboff', '--downgrade', 'openai/gpt-4o-mini@80', '--fallback', 'google/gemini-2.5-flash')

  const alone = await run('route', 'set', 'chat', '--fallback', 'none', '--json')
  expect(alone.json()).toMatchObject({ fallbacks: [] })
  expect((await run('route', 'set', 'chat', '--fallback', 'usual', '--json')).json()).toMatchObject({ fallbacks: null })

  const listed = await run('route', 'list')
  expect(listed.stdout).toMatch(/^ALIAS +CLIENT +STRATEGY +TARGETS +FALLBACKS +HEDGE +DOWNGRADE +TIMEOUTS\nchat +\(all\) +cheapest /)
  expect(listed.stdout).toMatch(
    /\nchat +luisboff +weighted +openai\/gpt-4o=70 gpt-4o-mini=30 +google\/gemini-2\.5-flash +- +openai\/gpt-4o-mini from 80 % +-\n$/,
  )

  const explained = await run('route', 'explain', 'luisboff', 'chat', '--json')
  expect(explained.json()).toMatchObject({
    alias: 'chat',
    strategy: 'weighted',
    reason: null,
    budget: null,
    targets: [
      { model: 'openai/gpt-4o', via: 'direct' },
      { model: 'openai/gpt-4o-mini', via: 'direct' },
      { model: 'google/gemini-2.5-flash', via: 'direct' },
    ],
  })
  const shown = await run('route', 'explain', 'luisboff', 'chat', '--input-tokens', '1000000', '--output-tokens', '100')
  expect(shown.stdout).toContain("chat is an alias of this client's: weighted\n")
  expect(shown.stdout).toContain('from 80 % of a budget on: openai/gpt-4o-mini (now nothing is used)\n')
  expect(shown.stdout).toMatch(/\n1\. +openai\/gpt-4o +direct +US\$ ?2\.50/)

  expect((await run('route', 'remove', 'chat', '--client', 'luisboff')).stdout).toBe('Removed the alias chat.\n')
  expect((await run('route', 'explain', 'luisboff', 'chat', '--json')).json()).toMatchObject({ strategy: 'cheapest' })
  expect((await run('route', 'explain', 'luisboff', 'openai/gpt-4o', '--json')).json()).toMatchObject({ alias: null, strategy: null })

  const audited = await db.database.query<{ action: string }>(`select action from audit_log where table_name = 'model_routes' order by id`)
  expect(audited.map(({ action }) => action)).toEqual(['insert', 'update', 'insert', 'update', 'update', 'update', 'delete'])
})

test.each([
  [['set', 'x', '--target', 'openai/none'], 1, /There is no model|openai\/none/],
  [['set', 'x'], 1, /There is no alias "x" yet: name its targets/],
  [['set', 'x y', '--target', 'openai/gpt-4o'], 1, /An alias is up to 100 letters/],
  [['set', 'x', '--target', 'openai/gpt-4o=0'], 1, /a weight above 0/],
  [['set', 'x', '--target', 'openai/gpt-4o@fax'], 2, /It must be MODEL/],
  [['set', 'x', '--target', 'openai/gpt-4o', '--downgrade', 'openai/gpt-4o@101'], 2, /MODEL@PERCENT/],
  [['set', 'x', '--target', 'openai/gpt-4o', '--timeouts', 'lunch=5'], 2, /connect=MS/],
  [['remove', 'x'], 1, /There is no shared alias "x"/],
  [['explain', 'luisboff', 'x'], 1, /x/],
])('route %j is refused', async (argv, code, words) => {
  const refused = await run('route', ...argv)
  expect(refused).toMatchObject({ code, stdout: '' })
  expect(refused.stderr).toMatch(words)
})

test.each([
  ['no targets', '[]'],
  ['no model', '[{"via": "direct"}]'],
  ['another route', '[{"model": "openai/gpt-4o", "via": "fax"}]'],
  ['a weight that is no number', '[{"model": "openai/gpt-4o", "weight": "1"}]'],
  ['no object', '["openai/gpt-4o"]'],
])('the table takes no targets with %s', async (_what, targets) => {
  const insert = db.database.query('insert into model_routes (alias, targets) values ($1, $2)', ['y', targets])
  await expect(insert).rejects.toThrow('targets_are_whole')
})

test.each([
  ['downgrade', '{"model": "openai/gpt-4o", "threshold": 0}'],
  ['downgrade', '{"threshold": 80}'],
  ['timeouts', '{"lunch_ms": 5}'],
  ['timeouts', '{"idle_ms": 0}'],
  ['timeouts', '[]'],
])('nor a %s of %s', async (column, value) => {
  const insert = db.database.query(
    `insert into model_routes (alias, targets, ${column}) values ('y', '[{"model": "openai/gpt-4o"}]', $1)`,
    [value],
  )
  await expect(insert).rejects.toThrow(`${column === 'downgrade' ? 'downgrade_is' : 'timeouts_are'}_whole`)
})
