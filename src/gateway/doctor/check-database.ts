import { readClock, readServerSettings, type ServerSettings } from '../../database/index.ts'
import { byHand, type CheckResult, fail, pass } from './check.ts'
import { type OwnCheck, whenDatabaseSilent } from './own-check.ts'

/** Of one process, besides its connections for calls: 6 for jobs, 4 for the owner, 8 for log-in, 1 that listens. */
const otherConnections = 19
const mostApartMs = 2_000

export const checkServerSettings: OwnCheck = {
  name: 'Durability',
  whenSilent: whenDatabaseSilent,
  async run({ store, config }) {
    const settings = await readServerSettings(store.gateway)
    return [
      ['Durability', judgeDurability(settings)],
      ['Connections', judgeConnections(settings, config.workers * (config.pools.databaseConnections + otherConnections), config.workers)],
    ]
  },
}

export const checkClock: OwnCheck = {
  name: 'Clock',
  whenSilent: whenDatabaseSilent,
  async run({ store, clock }) {
    // Opens the connection, which takes longer than the question.
    await readClock(store.owner)
    const askedMs = clock.nowMs()
    const databaseMs = await readClock(store.owner)
    return [['Clock', judgeClock(databaseMs, askedMs, clock.nowMs())]]
  },
}

/** Each with what is lost where it is off. */
const durable = [
  ['fsync', 'a crash of its machine can destroy the database'],
  ['full_page_writes', 'a crash of its machine can destroy the database'],
  ['synchronous_commit', 'a crash loses usage that was booked and holds that were given: a cap can be passed'],
] as const

export function judgeDurability(settings: ServerSettings): CheckResult {
  const off = durable.filter(([name]) => settings[name].value === 'off')
  if (off.length === 0) return pass('fsync, full_page_writes and synchronous_commit are on')
  const harms = [...new Set(off.map(([, harm]) => harm))]
  const detail = `${off.map(([name]) => name).join(' and ')} ${off.length === 1 ? 'is' : 'are'} off: ${harms.join('; ')}`
  return fail(detail, off.map(([name]) => switchOn(name, settings)).join('; '))
}

/** Where it was switched off is where it has to be switched on. */
function switchOn(name: (typeof durable)[number][0], { [name]: { source }, role, database }: ServerSettings): string {
  const places: Record<string, string> = {
    database: `database ${database}`,
    user: `role ${role}`,
    'database user': `role ${role} in database ${database}`,
  }
  const place = places[source]
  if (place !== undefined) return `npx catraca sql -c 'alter ${place} reset ${name}', then start the gateway again`
  if (source === 'command line') return `take ${name}=off away from the server's command line and start it again`
  return `npx catraca sql -c "alter system set ${name} = on", then npx catraca sql -c "select pg_reload_conf()"`
}

function judgeConnections({ connections }: Pick<ServerSettings, 'connections'>, needed: number, processes: number): CheckResult {
  const ours = `this gateway (${processes} ${processes === 1 ? 'process' : 'processes'}) opens up to ${needed}`
  if (connections >= needed) return pass(`${connections} allowed, ${ours}`)
  return byHand(
    `only ${connections} allowed, ${ours}: calls are refused (503) while none is free`,
    `raise max_connections, put a pooler in transaction mode in between, or lower CATRACA_DB_CONNECTIONS or WEB_CONCURRENCY`,
  )
}

/** The database answered at some time between the two readings of ours: only what is certain counts. */
function judgeClock(databaseMs: number, askedMs: number, answeredMs: number): CheckResult {
  const middleMs = (askedMs + answeredMs) / 2
  const apartMs = Math.abs(databaseMs - middleMs) - (answeredMs - askedMs) / 2
  if (!(apartMs > mostApartMs)) return pass("this machine's and the database's agree within 2 s")
  const way = databaseMs > middleMs ? 'behind' : 'ahead of'
  return byHand(
    `this machine is ${(apartMs / 1000).toFixed(1)} s ${way} the database: calls served while the database is away are dated wrong and may count in another period; signed webhooks and log-in codes can be refused`,
    'set both by NTP: timedatectl set-ntp true, or chronyc makestep',
  )
}
