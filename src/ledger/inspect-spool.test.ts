import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { addClient } from '../../tests/_support/ledger.ts'
import { newId } from '../shared/id.ts'
import { inspectSpool, type SpoolState } from './inspect-spool.ts'
import { Spool } from './spool.ts'

let test: TestDatabase
let data: string

beforeAll(async () => {
  test = await createTestDatabase()
  data = await mkdtemp(join(tmpdir(), 'catraca-inspect-'))
})
afterAll(async () => {
  await test.drop()
  await rm(data, { recursive: true, force: true })
})

const look = (dir: string): Promise<SpoolState> => inspectSpool(dir, { maxBytes: 1e9, database: test.database })
const nobody = '999999999-old-00000001.spool'

it('looks at where a spool will be, and makes none', async () => {
  expect(await look(join(data, 'not', 'yet'))).toMatchObject({ waiting: 0, isMore: false, bytes: 0, unwritable: undefined })
  expect(await readdir(data)).toEqual([])
})

it('counts the calls that the database has not, whichever way they stand in it', async () => {
  const dir = join(data, 'counted')
  const [booked, dead, waiting, noted, freed] = Array.from({ length: 5 }, newId)
  await test.database.query(
    `insert into gateway_usage_logs (call_id, client_id, provider, model_name, status, created_at) values ($1, $2, 'openai', 'm', 'ok', now())`,
    [booked, await addClient(test.database)],
  )
  await test.database.query(`insert into usage_dead_letters (call_id, record, error) values ($1, '{}', 'test')`, [dead])
  const spool = await Spool.open(dir, 'test')
  const record = (callId: string | undefined) => JSON.stringify({ call_id: callId, status: 'ok' })
  await spool.note(record(booked))
  for (const callId of [booked, dead, waiting]) await spool.append(record(callId))
  await spool.note(record(noted))
  await spool.append(JSON.stringify({ call_id: freed, void: true }))
  const names = await readdir(dir)
  expect(await look(dir)).toMatchObject({ waiting: 2, isMore: false, bytes: spool.bytes, shortage: undefined, unwritable: undefined })
  // Neither taken over, as a gateway would, nor added to.
  expect(await readdir(dir)).toEqual(names)
  await spool.close()
})

it('says that it read only a part', async () => {
  const dir = join(data, 'large')
  await mkdir(dir)
  await writeFile(join(dir, nobody), Buffer.alloc(33 * 1024 * 1024))
  expect(await look(dir)).toMatchObject({ waiting: 0, isMore: true, bytes: 33 * 1024 * 1024 })
})
