import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { reportFigure } from '../../tests/_support/report-figure.ts'
import { type Database, type EmbeddedServer, migrate, openDatabase, prepareGatewayLogin, startEmbedded } from '../database/index.ts'
import { masterKeyInFile, openVault, type Vault } from './index.ts'

let dataDir: string
let server: EmbeddedServer
let database: Database
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'catraca-canary-'))
  // PostgreSQL's own user must reach it, or the cluster would lie elsewhere.
  await chmod(dataDir, 0o755)
  server = await startEmbedded({ dataDir })
  database = openDatabase({ url: server.url })
  await migrate(database)
  await prepareGatewayLogin(server)
})
afterAll(async () => {
  await database.close()
  await server.stop()
  await rm(dataDir, { recursive: true, force: true })
})

const printed: string[] = []
const log = {
  info: (message: string) => printed.push(message),
  warn: (message: string) => printed.push(message),
  error: (message: string, cause?: unknown) => printed.push(`${message} ${String(cause)} ${JSON.stringify(cause)}`),
}

/** Never twice the same, so that a hit is this test's and no other. */
const canaries: string[] = []
function canary(): string {
  const value = `sk-canary-${randomUUID()}`
  canaries.push(value)
  return value
}

/** Every file below the data directory, read whole: heap, indexes, WAL, the server's log, the master key's neighbours. */
async function filesHolding(needles: readonly string[]): Promise<string[]> {
  const hits: string[] = []
  // The cluster may be a link to where the server's own user can reach.
  const folders = [dataDir, join(dataDir, 'postgres')]
  for (const folder of folders) {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      const content = await readFile(path).catch(() => Buffer.alloc(0))
      if (needles.some((needle) => content.includes(needle))) hits.push(path)
    }
  }
  return hits
}

async function failingStatements(on: Database): Promise<void> {
  const failing = [
    `select vault.create_secret('${canary()}', 'too', 'many', null, 'arguments')`,
    `select vault.update_secret('00000000-0000-4000-8000-000000000000', '${canary()}')`,
    `select vault.unseal('${canary()}')`,
    `select vault.unseal('["${canary()}"')`,
    `insert into vault.secrets (id, secret) select id, '${canary()}' from vault.secrets`,
    `insert into vault.secrets (name, secret) select name, '${canary()}' from vault.secrets where name is not null`,
    `insert into vault.secrets (description, secret) values (null, '${canary()}')`,
    `update vault.secrets set description = null, secret = '${canary()}'`,
    `do $$ begin perform vault.create_secret('${canary()}'); raise exception 'after'; end $$`,
  ]
  for (const sql of failing) {
    const error = await on.query(sql).catch((thrown: unknown) => thrown)
    expect(error, sql).toBeInstanceOf(Error)
    const { message, detail } = error as { message: string; detail?: string }
    printed.push(`${message} ${detail}`)
  }
  const parameter = on.query(`select vault.update_secret($1, $2)`, ['not a uuid', canary()])
  await expect(parameter).rejects.toThrow()
}

async function usualStatements(on: Database, vault: Vault): Promise<void> {
  const ids: string[] = []
  const keep = async (sql: string, params?: unknown[]) => {
    const [row] = await on.query<{ id: string }>(sql, params)
    ids.push(row?.id ?? '')
  }
  await keep(`SELECT vault.create_secret('${canary()}', 'shared_openai_api_key', 'Shared OpenAI API Key') AS id`)
  await keep(`SELECT vault.create_secret('${canary()}', 'shared_openai_api_key') AS id`)
  await keep('select vault.create_secret($1) as id', [canary()])
  await keep(`insert into vault.secrets (secret) values ('${canary()}') returning id`)
  await keep(`update vault.secrets set secret = '${canary()}' where name = 'shared_openai_api_key' returning id`)
  await on.query('select vault.update_secret($1, $2)', [ids[0], canary()])
  ids.push(await vault.put('put', canary()), await vault.put('put', canary()))
  for (const id of ids) printed.push(`${await vault.read(id)}`)
  await on.transaction(async (tx) => {
    await vault.unsealInto(tx)
    const rows = await tx.query<{ decrypted_secret: string }>('select * from vault.decrypted_secrets')
    expect(rows.every((row) => canaries.includes(row.decrypted_secret))).toBe(true)
  })
}

it('leaves no plain key in data files, WAL, logs or messages, whatever is done with it', async () => {
  // Before the public key is there: the statement fails, and must not be logged.
  await database.query(`select vault.create_secret('${canary()}', 'early')`).catch((error: unknown) => printed.push(String(error)))
  const gateway = openDatabase({ url: server.gatewayUrl })
  for (const on of [database, gateway]) {
    const vault = await openVault({ database: on, masterKey: masterKeyInFile(dataDir), log })
    await usualStatements(on, vault)
    await failingStatements(on)
  }
  await gateway.close()

  // An ordinary table does show its value, so the search finds what is there to find.
  const control = `control-${randomUUID()}`
  await database.query('create table control (value text)')
  await database.query('insert into control values ($1)', [control])
  await database.query('checkpoint')
  const found = await filesHolding([control])
  expect(found.some((path) => path.includes('pg_wal'))).toBe(true)
  expect(found.some((path) => path.includes('base'))).toBe(true)

  expect(canaries.length).toBeGreaterThan(30)
  expect(await filesHolding(canaries)).toEqual([])
  expect(printed.filter((line) => canaries.some((value) => line.includes(value)))).toEqual([])
  reportFigure('S2', undefined, `${canaries.length} keys stored in every way: none in the data files, the WAL, the server's log or ours`)
})
