import { afterAll, beforeAll, expect, it } from 'vitest'
import { startDatabaseServer } from '../../../tests/_support/database-server.ts'
import { openTestDoctor, type TestDoctor } from '../../../tests/_support/doctor.ts'
import { compareMigrations, openDatabase, readServerSettings } from '../../database/index.ts'
import { systemClock } from '../../shared/clock.ts'
import { checkClock, checkServerSettings, judgeDurability } from './check-database.ts'
import { runLimited } from './run-limited.ts'

let doctor: TestDoctor

beforeAll(async () => {
  doctor = await openTestDoctor()
})
afterAll(() => doctor.close())

it('finds nothing wrong with a server as it comes', async () => {
  expect(await doctor.look(checkServerSettings)).toMatchObject([
    { name: 'Durability', status: 'pass', detail: 'fsync, full_page_writes and synchronous_commit are on' },
    { name: 'Connections', status: 'pass', detail: '197 allowed, this gateway (1 process) opens up to 29' },
  ])
})

it('counts the connections of each process', async () => {
  const env = { WEB_CONCURRENCY: '4', CATRACA_DB_CONNECTIONS: '31' }
  expect((await doctor.look(checkServerSettings, { env }))[1]).toMatchObject({
    status: 'by_hand',
    detail: 'only 197 allowed, this gateway (4 processes) opens up to 200: calls are refused (503) while none is free',
    fix: expect.stringContaining('CATRACA_DB_CONNECTIONS'),
  })
})

it('says where synchronous_commit was switched off, and its fix mends it', async () => {
  const { database, url } = doctor.test
  const name = new URL(url).pathname.slice(1)
  await database.query(`alter database ${name} set synchronous_commit = off`)
  // Sessions that are open keep what they began with.
  const gateway = openDatabase({ url, connectTimeoutMs: 20_000 })
  try {
    const place = { store: { ...doctor.place.store, gateway } }
    const [check] = await doctor.look(checkServerSettings, place)
    expect(check).toMatchObject({ status: 'fail', detail: expect.stringMatching(/^synchronous_commit is off: a crash loses usage/) })
    const [, fix] = /-c '(alter database .* reset synchronous_commit)'/.exec(check?.fix ?? '') ?? []
    expect(fix).toBe(`alter database ${name} reset synchronous_commit`)
    await database.query(fix ?? '')
  } finally {
    await gateway.close()
  }
  const mended = openDatabase({ url, connectTimeoutMs: 20_000 })
  expect((await doctor.look(checkServerSettings, { store: { ...doctor.place.store, gateway: mended } }))[0]?.status).toBe('pass')
  await mended.close()
})

it('finds a server that a crash would destroy', async () => {
  const server = await startDatabaseServer()
  const database = openDatabase({ url: server.link.url, maxConnections: 1, connectTimeoutMs: 20_000 })
  try {
    await database.query('alter system set full_page_writes = off')
    await database.query('select pg_reload_conf()')
    await expect.poll(async () => judgeDurability(await readServerSettings(database)).status).toBe('fail')
    const settings = await readServerSettings(database)
    expect(judgeDurability(settings)).toMatchObject({
      detail: 'full_page_writes is off: a crash of its machine can destroy the database',
      fix: 'npx catraca sql -c "alter system set full_page_writes = on", then npx catraca sql -c "select pg_reload_conf()"',
    })
    const fsync = { value: 'off', source: 'command line' }
    expect(judgeDurability({ ...settings, fsync })).toMatchObject({
      detail: 'fsync and full_page_writes are off: a crash of its machine can destroy the database',
      fix: expect.stringMatching(/^take fsync=off away from the server's command line/),
    })
  } finally {
    await database.close()
    await server.close()
  }
})

it.each([
  ['ahead of', 60_000],
  ['behind', -60_000],
] as const)('notices a clock that is %s the database’s', async (way, shiftMs) => {
  const shifted = { nowMs: () => systemClock.nowMs() + shiftMs }
  const [check] = await doctor.look(checkClock, { clock: shifted })
  expect(check).toMatchObject({ name: 'Clock', status: 'by_hand', fix: expect.stringContaining('NTP') })
  // Less than it was shifted by, for the answer took its time; the machine may be busy.
  expect(check?.detail).toMatch(new RegExp(`^this machine is \\d+\\.\\d s ${way} the database: calls served`))
  expect((await doctor.look(checkClock))[0]).toMatchObject({ status: 'pass' })
})

it('compares the migrations', async () => {
  const { database } = doctor.test
  expect(await compareMigrations(database)).toEqual({ missing: [], unknown: [] })
  await database.query(
    `insert into catraca_migrations (version, name, checksum, is_additive) values ('29991231000000', 'later', 'x', true)`,
  )
  const [taken] = await database.query<{ row: string }>(
    `delete from catraca_migrations where version = (select min(version) from catraca_migrations) returning version || '_' || name as row`,
  )
  expect(await compareMigrations(database)).toEqual({ missing: [taken?.row], unknown: ['29991231000000_later'] })
})

it('waits for nobody, and says who did not answer', async () => {
  const held = openDatabase({ url: doctor.test.url, maxConnections: 1, connectTimeoutMs: 20_000 })
  await held.transaction(async (tx) => {
    await tx.query('lock table clients')
    const run = async () => {
      await doctor.place.store.owner.query('table clients')
      return []
    }
    const stuck = { name: 'Stuck', whenSilent: 'end it', run }
    const broken = { name: 'Broken', whenSilent: 'look', run: () => Promise.reject(new Error('no such thing')) }
    expect(await runLimited([stuck, broken], { ...doctor.place, limitMs: 50 })).toEqual([
      { number: undefined, name: 'Stuck', status: 'by_hand', detail: 'no answer within 0.05 s: not checked', fix: 'end it' },
      { number: undefined, name: 'Broken', status: 'by_hand', detail: 'not checked: no such thing', fix: 'look' },
    ])
  })
  await held.close()
})
