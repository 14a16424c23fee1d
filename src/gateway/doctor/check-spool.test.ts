import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { openTestDoctor, type TestDoctor } from '../../../tests/_support/doctor.ts'
import { recordOf } from '../../../tests/_support/ledger.ts'
import { openDatabase } from '../../database/index.ts'
import { openLedger } from '../../ledger/index.ts'
import { newId } from '../../shared/id.ts'
import type { Check } from './check.ts'
import { checkSpool } from './check-spool.ts'

let doctor: TestDoctor
let dir: string

beforeAll(async () => {
  doctor = await openTestDoctor()
  dir = join(doctor.dataDir, 'spool')
})
beforeEach(() => rm(dir, { recursive: true, force: true }))
afterAll(() => doctor.close())

const gatewayUrl = 'http://127.0.0.1:3000'
/** The disk of a test machine may be anything: nobody's limit is beyond it. */
const env = { CATRACA_SPOOL_MAX_MB: '8' }
async function look(change: Parameters<TestDoctor['look']>[1] = {}): Promise<Check | undefined> {
  return (await doctor.look(checkSpool, { env, gatewayUrl, ...change }))[0]
}

/** A call that ended while the database was away, and its process with it. */
async function leaveRecord(): Promise<void> {
  const database = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/none' })
  const log = { info() {}, warn() {}, error() {} }
  const ledger = await openLedger({ database, replica: 'test', log, spoolDir: dir, expireEveryMs: 60_000 })
  await ledger.settle(recordOf(newId(), { callId: newId(), admittedAt: new Date().toISOString() }, 7))
  await ledger.close()
  await database.close()
}

it('passes where there is none yet, and makes none', async () => {
  expect(await look()).toMatchObject({
    name: 'Spool',
    status: 'pass',
    detail: expect.stringMatching(/^0 records wait; 0\.0 MB of 8\.0 MB, \d+(\.\d MB| GB) free$/),
  })
  await expect(rm(dir)).rejects.toThrow('ENOENT')
})

it('says how many records wait, and what books them', async () => {
  await leaveRecord()
  expect(await look()).toMatchObject({ status: 'pass', detail: expect.stringMatching(/^1 record waits; /) })
  expect(await look({ gatewayUrl: undefined })).toMatchObject({
    status: 'by_hand',
    detail: expect.stringMatching(/: they are booked when a gateway starts here$/),
    fix: 'npx catraca up',
  })
})

it('warns of a spool that is half full, and fails where it is full', async () => {
  await mkdir(dir, { recursive: true })
  await writeFile(join(dir, '999999999-old-00000001.spool'), Buffer.alloc(5 * 1024 * 1024))
  expect(await look()).toMatchObject({ status: 'by_hand', detail: expect.stringContaining('5.0 MB of 8.0 MB') })
  expect(await look({ env: { CATRACA_SPOOL_MAX_MB: '5' } })).toMatchObject({
    status: 'fail',
    detail: expect.stringMatching(/^the spool has 5\.0 MB of its 5\.0 MB \(CATRACA_SPOOL_MAX_MB\): new calls are refused/),
    fix: expect.stringContaining('CATRACA_SPOOL_MAX_MB'),
  })
})

it('warns where the disk ends before the limit', async () => {
  expect(await look({ env: { CATRACA_SPOOL_MAX_MB: '1000000000000' } })).toMatchObject({
    status: 'by_hand',
    detail: expect.stringMatching(/the disk is full before its limit is$/),
  })
})

it('fails where nothing can be written, whoever asks', async () => {
  // Root may write everywhere but into a file.
  await writeFile(dir, '')
  expect(await look()).toMatchObject({
    status: 'fail',
    detail: `cannot be written: ENOTDIR in ${dir}: a gateway here cannot start or refuses calls`,
    fix: expect.stringContaining('CATRACA_DATA_DIR'),
  })
})
