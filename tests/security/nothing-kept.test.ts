import { randomUUID } from 'node:crypto'
import { inspect } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { generateClientKey } from '../../src/clients/index.ts'
import { emulatorKeys, startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { reportFigure } from '../_support/report-figure.ts'

// S2: what callers say and what opens doors stands in no log and no table, whatever becomes of the call.

const printed: string[] = []
const note = (...all: unknown[]) => printed.push(inspect(all, { depth: 12, showHidden: true }))
let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway({ log: { info: note, warn: note, error: note }, env: { CATRACA_FIRST_BYTE_TIMEOUT_MS: '300' } })
})
afterAll(() => gateway?.close())

it('prompts, keys and addresses leave no trace', async () => {
  const said = `prompt-${randomUUID()}`
  const strange = generateClientKey().key
  const call = async (body: unknown, headers: Record<string, string> = {}, path = '/v1/chat/completions') => {
    const answer = await fetch(`${gateway.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.client.key}`, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    // A stream that fails is cut.
    await answer.text().catch(() => '')
    return answer.status
  }
  const ends = [
    '',
    '[[emulate status=500]]',
    '[[emulate status=400]]',
    '[[emulate status=401]]',
    '[[emulate delay=2000]]',
    '[[emulate cut=1]]',
  ]
  const statuses = new Set<number>()
  for (const model of ['openai/gpt-4o-mini', 'anthropic/claude-sonnet-4-5']) {
    for (const end of ends) {
      for (const stream of [false, true]) {
        statuses.add(await call({ model, messages: [{ role: 'user', content: `${said} ${end}` }], stream, user: said }))
      }
    }
  }
  statuses.add(await call(`{"model":"openai/gpt-4o-mini","messages":[{"role":"user","content":"${said}"`))
  statuses.add(await call({ model: 'openai/gpt-4o-mini', messages: [{ role: said, content: { [said]: said } }] }))
  statuses.add(await call({ model: 'openai/text-embedding-3-small', input: said }, {}, '/v1/embeddings'))
  statuses.add(await call({ messages: said }, { authorization: `Bearer ${strange}` }))
  statuses.add(await call({ email: `${said}@example.com`, password: said }, { authorization: '' }, '/api/auth/sign-in/email'))
  expect(statuses.size).toBeGreaterThan(3)
  await expect.poll(() => gateway.server.context.ledger.depth, { timeout: 20_000 }).toBe(0)

  const tables = await gateway.database.query<{ name: string }>(
    `select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
     where schemaname in ('public', 'vault', 'graphile_worker', 'catraca_archive')`,
  )
  let dump = ''
  for (const { name } of tables) dump += JSON.stringify(await gateway.database.query(`select to_jsonb(t)::text as row from ${name} t`))
  const secrets = [said, strange, gateway.client.key, ...Object.values(emulatorKeys)]
  const inLog = secrets.filter((secret) => printed.some((line) => line.includes(secret)))
  expect({ inLog, inTables: secrets.filter((secret) => dump.includes(secret)) }).toEqual({ inLog: [], inTables: [] })
  expect(printed.length).toBeGreaterThan(0)
  reportFigure(
    'S2',
    undefined,
    `29 calls that end in ${statuses.size} ways: no prompt and no key in ${printed.length} lines of the log and ${tables.length} tables`,
  )
})
