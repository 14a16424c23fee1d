import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Fleet, openFleet, spoolFiles } from '../_support/gateway-fleet.ts'
import { reportFigure, testSeed as seed } from '../_support/report-figure.ts'
import { type Balancer, startBalancer } from './_support/balancer.ts'
import { type Load, startLoad } from './_support/load.ts'
import { stageVersion } from './_support/stage-version.ts'
import { isRunning, type Replica, startUp } from './_support/start-up.ts'

// What deploy/compose.scale.yml is, on one machine: three gateways on one PostgreSQL behind a balancer, as processes of their own.
const names = ['a', 'b', 'c'] as const
type Name = (typeof names)[number]

const migration = {
  file: '20990101000000_next_version.sql',
  sql: `-- additive
create table next_version_notes (call_id uuid primary key, note text not null);
alter table clients add column next_version_rank int not null default 0;
alter table gateway_usage_logs add column next_version_note text;
`,
}

let fleet: Fleet
let balancer: Balancer
let load: Load
let nextVersion: string
const replicas = new Map<Name, Replica>()
const dataDirs = new Map<Name, string>()

beforeAll(async () => {
  fleet = await openFleet({ env: { CATRACA_EXPIRE_EVERY_MS: '500' } })
  balancer = await startBalancer()
  for (const name of names) dataDirs.set(name, await fleet.newDataDir())
  nextVersion = await stageVersion(migration)
  // One of them with two processes behind its port, and with time for the balancer to see that it is on its way out.
  const ofA = { WEB_CONCURRENCY: '2', CATRACA_STOP_DELAY_MS: '4000' }
  await Promise.all(names.map((name) => start(name, name === 'a' ? ofA : {})))
  load = await startLoad(fleet, balancer.url, { callers: 18, seed })
})
afterAll(async () => {
  for (const replica of replicas.values()) {
    const workers = replica.workers()
    await replica.kill()
    for (const pid of workers) if (isRunning(pid)) process.kill(pid, 'SIGKILL')
  }
  await balancer.close()
  await fleet.close()
  await rm(nextVersion, { recursive: true, force: true })
})

test('a replica is killed, one is rolled to the next version while the others run on, and only the killed one fails calls', async () => {
  await load.until(40)
  const killed = replicaAt('c')
  await killed.kill()
  const killedMs = performance.now()
  balancer.put('c', undefined)
  await load.until(20)
  expect(await roll('a', nextVersion)).toBe(0)
  expect(await fleet.database.query('select is_additive from catraca_migrations where version = $1', ['20990101000000'])).toEqual([
    { is_additive: true },
  ])
  await load.until(20)
  // The version before comes up on the newer schema as well: a replica that dies during the roll-out comes back.
  await start('c')
  await load.until(20)

  const { failed, verdict, above, busy } = await load.end()
  const { mismatches, ...figures } = verdict
  const calls = load.sent.length
  reportFigure(
    'R2',
    seed,
    `three replicas, one killed, one rolled: ${calls} calls, ${failed.length} failed, ${busy} busy, ${JSON.stringify(figures)}`,
  )
  expect(mismatches).toEqual([])
  expect(above).toEqual([])
  const others = failed.filter(({ id }) => {
    const { to, beganMs } = balancer.forwarded.get(id) ?? {}
    return !(to === 'c' && (beganMs ?? Number.POSITIVE_INFINITY) <= killedMs)
  })
  expect(others.map(({ id, view }) => [balancer.forwarded.get(id)?.to, view?.status, view?.errorCode, view?.text.slice(-200)])).toEqual([])
  expect(await Promise.all(names.map((name) => replicaAt(name).stop()))).toEqual([0, 0, 0])
  for (const dir of dataDirs.values()) expect(await spoolFiles(dir)).toEqual([])
}, 240_000)

async function start(name: Name, env: Record<string, string> = {}, version?: string): Promise<void> {
  const replica = await startUp({ ...fleet.env, ...env }, { dataDir: dataDirs.get(name) ?? '', ...(version !== undefined && { version }) })
  replicas.set(name, replica)
  balancer.put(name, replica.url)
  await balancer.until(name, true)
}

/** SIGTERM, and up again; resolves with the exit code of the one before. */
async function roll(name: Name, version: string): Promise<number | null> {
  const code = await replicaAt(name).stop()
  balancer.put(name, undefined)
  await start(name, {}, version)
  return code
}

function replicaAt(name: Name): Replica {
  const replica = replicas.get(name)
  if (!replica) throw new Error(`there is no replica ${name}`)
  return replica
}
