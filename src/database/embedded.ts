import { mkdir, realpath, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { errorCode } from '../shared/error-code.ts'
import { type ConfigurationError, GatewayError } from '../shared/errors.ts'
import type { Log } from '../shared/log.ts'
import { letProcessEnd, sayGoodbye } from './client-lifetime.ts'
import { chooseHome, createCluster, findCluster, keepPassword, refuseOtherVersion } from './cluster.ts'
import { isConnectionError } from './connection-error.ts'
import { isServerOf, type LockFile, readLockFile, removeStaleLock } from './postmaster.ts'
import { refusal } from './refusal.ts'
import { type Account, findServerAccount } from './server-account.ts'
import { binaryPath, prepareBinaries, runBinary, type ServerBinaries } from './server-binaries.ts'
import { type SpawnedServer, spawnServer } from './spawn-server.ts'

/** A server that says it is ready and does not answer for so long is refused: the second start has to answer within 1 s. */
const silenceMs = 800
/** Recovery after a crash, and a shutdown under way, are waited for. */
const patienceMs = 60_000
const pollMs = 20
/** Before another server is started in place of one that could not come up. */
const retryMs = 100
/** A server that died is started again at once, and again after pauses from the first to the second of these. */
const firstReturnMs = 500
const slowestReturnMs = 10_000
/** Held by a process that decides whether to stop the server, so that nobody attaches unseen meanwhile. */
const attachLock = 7_202_611_220_003n

export interface EmbeddedServer {
  /** The owner of everything, for migrations and the operator. */
  url: string
  /** The gateway's own role; works once `prepareGatewayLogin` has run. */
  gatewayUrl: string
  /** The server's process, which outlives ours. */
  pid: number
  /** False: it was running already, and we attached to it. */
  started: boolean
  /**
   * From now on, and until one of the two below: a server that dies (killed, out of memory) is started again at the same address. One that
   * somebody stopped in order stays down.
   */
  keepUp(log: Log): void
  /** Stops it unless another Catraca process uses it. Returns whether it was stopped. Close your own connections first. */
  stopIfLast(): Promise<boolean>
  /** Stops it, whoever uses it, and waits until it is gone. */
  stop(): Promise<void>
}

interface Cluster {
  path: string
  binaries: ServerBinaries
  account: Account | undefined
  password: string
  dataDir: string
}

/**
 * A real PostgreSQL in `<dataDir>/postgres`: made on the first start, attached to when it is running, started otherwise. It listens on
 * 127.0.0.1 only and is a process of its own, so it survives a kill -9 of ours. Refuses with a ConfigurationError that says what to do.
 *
 * @example
 * const server = await startEmbedded({ dataDir: '.catraca', onProgress: console.log })
 * const database = openDatabase({ url: server.url })
 */
export async function startEmbedded(options: { dataDir: string; onProgress?: (line: string) => void }): Promise<EmbeddedServer> {
  const onProgress = options.onProgress ?? (() => {})
  const dataDir = await openDataDir(options.dataDir)
  try {
    const cluster = await openCluster(dataDir, onProgress)
    const running = await attachOrStart(cluster, onProgress)
    const gatewayPassword = await keepPassword(join(dataDir, 'gateway-password'))
    return describeServer(cluster, running, gatewayPassword)
  } catch (error) {
    if (error instanceof GatewayError) throw error
    const denied = errorCode(error) === 'EACCES' || errorCode(error) === 'EPERM'
    if (denied) throw refusal(`The database in ${dataDir} belongs to another user: start Catraca as the user that made it`, error)
    throw refusal(`The database in ${dataDir} cannot be used: ${error instanceof Error ? error.message : error}`, error)
  }
}

async function openDataDir(path: string): Promise<string> {
  const wanted = resolve(path)
  try {
    await mkdir(wanted, { recursive: true })
    const dataDir = await realpath(wanted)
    const probe = join(dataDir, `.writable-${process.pid}`)
    await writeFile(probe, '')
    await rm(probe)
    return dataDir
  } catch (error) {
    throw refusal(
      `The data directory ${wanted} cannot be written (${errorCode(error)}): set CATRACA_DATA_DIR to one that can, or fix its owner`,
      error,
    )
  }
}

async function openCluster(dataDir: string, onProgress: (line: string) => void): Promise<Cluster> {
  const known = await findCluster(dataDir)
  const account = await findServerAccount(known ?? dataDir)
  const password = await keepPassword(join(dataDir, 'postgres-password'))
  const home = known === undefined ? await chooseHome(dataDir, account, onProgress) : dirname(known)
  const binaries = await prepareBinaries(home, account)
  if (known === undefined) {
    onProgress(`Making a PostgreSQL ${binaries.major} database in ${join(dataDir, 'postgres')}`)
    await createCluster(dataDir, home, binaries, account, password)
  }
  const path = known ?? (await findCluster(dataDir))
  if (path === undefined) throw refusal(`${join(dataDir, 'postgres')} vanished while it was being made`)
  await refuseOtherVersion(path, binaries.major)
  return { path, binaries, account, password, dataDir }
}

interface Running {
  pid: number
  port: number
  started: boolean
  /** Held for as long as we use the server: by it, other Catraca processes see us. */
  presence: pg.Client
}

/** Two processes may be here at once: PostgreSQL's own lock file lets one server through, and both attach to it. */
async function attachOrStart(cluster: Cluster, onProgress: (line: string) => void): Promise<Running>
/** Leaves one alone that somebody stopped in order, also while we attach to it: undefined. */
async function attachOrStart(cluster: Cluster, onProgress: (line: string) => void, onDeath: () => void): Promise<Running | undefined>
async function attachOrStart(cluster: Cluster, onProgress: (line: string) => void, onDeath?: () => void): Promise<Running | undefined> {
  const begin = performance.now()
  let child: SpawnedServer | undefined
  let hasSpawned = false
  let told = false
  for (; performance.now() - begin < patienceMs; await delay(pollMs)) {
    const ended = child?.ended()
    if (ended !== undefined) {
      if (onDeath && ended.includes('shutdown request')) return undefined
      refuseUnlessTransient(cluster, ended)
      child = undefined
      await delay(retryMs)
    }
    const lock = await readLockFile(cluster.path)
    if (lock !== undefined && (await isServerOf(lock.pid, cluster.path))) {
      const presence = lock.status === 'ready' ? await connect(cluster, lock) : 'busy'
      if (presence === 'silent' && child === undefined && performance.now() - begin > silenceMs) throw silent(cluster, lock)
      if (typeof presence === 'object') return { pid: lock.pid, port: lock.port, started: lock.pid === child?.pid, presence }
    } else if (child === undefined) {
      // One that is stopped says so in its lock file and then takes it along; one that dies leaves it as it was.
      if (onDeath && !hasSpawned && (lock === undefined || lock.status === 'stopping')) return undefined
      onDeath?.()
      hasSpawned = true
      if (lock !== undefined) await removeStaleLock(cluster.path, lock.content)
      child = await spawnServer(cluster)
    }
    if (!told && performance.now() - begin > 2_000) {
      told = true
      onProgress('PostgreSQL is still starting (after a crash it repairs its data first)')
    }
  }
  throw refusal(`PostgreSQL was not ready after ${patienceMs / 1_000} s; its log is ${join(cluster.dataDir, 'postgres.log')}`)
}

const transientEnds = new RegExp(
  [
    '"postmaster\\.pid" already exists', // a rival was faster
    'could not create any TCP/IP sockets', // a port was taken meanwhile
    'pre-existing shared memory block', // processes of a killed server are still leaving
    'shutdown request', // stopped by another
    'ready to accept connections', // it came up, and died before we had attached
  ].join('|'),
)

function refuseUnlessTransient(cluster: Cluster, log: string): void {
  if (transientEnds.test(log)) return
  const reason = log.split('\n').filter((line) => /FATAL|PANIC|HINT/.test(line))
  throw refusal(`PostgreSQL did not start: ${reason.join('; ') || log.trim()} (log: ${join(cluster.dataDir, 'postgres.log')})`)
}

/** `busy`: it answers, but does not take connections at the moment. `silent`: it does not answer. */
async function connect(cluster: Cluster, lock: LockFile): Promise<pg.Client | 'busy' | 'silent'> {
  const client = newClient(serverUrl('catraca', cluster.password, lock.port), `catraca-presence:${process.pid}`)
  try {
    await client.connect()
    const { rows } = await client.query<{ data_directory: string }>('show data_directory')
    const served = await realpath(rows[0]?.data_directory ?? '')
    if (served !== cluster.path) throw refusal(`The PostgreSQL at port ${lock.port} serves ${served}, not ${cluster.path}`)
    await client.query('select pg_advisory_lock_shared($1), pg_advisory_unlock_shared($1)', [attachLock])
    letProcessEnd(client)
    return client
  } catch (error) {
    await client.end().catch(() => {})
    const code = errorCode(error)
    if (code.startsWith('28')) {
      throw refusal(
        `The PostgreSQL that runs on ${cluster.path} does not accept the password in ${join(cluster.dataDir, 'postgres-password')}`,
      )
    }
    if (code === '57P03' || code === '57P01' || code === '53300') return 'busy'
    if (isConnectionError(error)) return 'silent'
    throw error
  }
}

function silent(cluster: Cluster, lock: LockFile): ConfigurationError {
  return refusal(
    `Process ${lock.pid} holds the database in ${cluster.path} and does not answer at port ${lock.port}: ` +
      'wait for it, or end that process, then start again',
  )
}

/** Starts the server again whenever it has died, until told to let go. */
class Supervisor {
  readonly #cluster: Cluster
  #running: Running
  readonly #leaving = new AbortController()
  #returning: Promise<void> | undefined

  constructor(cluster: Cluster, running: Running) {
    this.#cluster = cluster
    this.#running = running
  }

  get pid(): number {
    return this.#running.pid
  }

  keepUp(log: Log): void {
    this.#running.presence.once('end', () => {
      if (!this.#leaving.signal.aborted) this.#returning = this.#comeBack(log)
    })
  }

  async letGo(): Promise<void> {
    this.#leaving.abort()
    await this.#returning
    await sayGoodbye(this.#running.presence.end())
  }

  async #comeBack(log: Log): Promise<void> {
    const { pid, port } = this.#running
    let told = ''
    const tell = (line: string, cause?: unknown) => {
      if (line !== told) log.error(line, cause)
      told = line
    }
    for (let pauseMs = firstReturnMs; !this.#leaving.signal.aborted; pauseMs = Math.min(2 * pauseMs, slowestReturnMs)) {
      try {
        const onDeath = () => tell(`[Database] PostgreSQL (process ${pid}) is gone and is started again`)
        const running = await attachOrStart(this.#cluster, log.info, onDeath)
        if (running !== undefined) {
          this.#running = running
          if (running.port === port) log.warn(`[Database] PostgreSQL is there again (process ${running.pid})`)
          else tell(`[Database] PostgreSQL is at port ${running.port} now, no longer at ${port}: start Catraca again`)
          this.keepUp(log)
          return
        }
        tell('[Database] PostgreSQL was stopped: calls of hard budgets are refused until Catraca is started again')
      } catch (error) {
        tell('[Database] PostgreSQL could not be started again', error)
      }
      await delay(pauseMs, undefined, { signal: this.#leaving.signal }).catch(() => {})
    }
  }
}

function describeServer(cluster: Cluster, running: Running, gatewayPassword: string): EmbeddedServer {
  const { pid, port, started } = running
  const url = serverUrl('catraca', cluster.password, port)
  const supervisor = new Supervisor(cluster, running)
  async function stop(): Promise<void> {
    await supervisor.letGo()
    if (!(await isServerOf(supervisor.pid, cluster.path))) return
    const options = ['stop', '-D', cluster.path, '-m', 'fast', '-w', '-t', '60']
    const done = await runBinary(binaryPath(cluster.binaries, 'pg_ctl'), options, cluster.account)
    if (done.exitCode !== 0 && (await isServerOf(supervisor.pid, cluster.path))) throw refusal(`PostgreSQL did not stop: ${done.output}`)
  }
  return {
    url,
    gatewayUrl: serverUrl('catraca_gateway', gatewayPassword, port),
    pid,
    started,
    keepUp: (log) => supervisor.keepUp(log),
    stop,
    async stopIfLast() {
      // Ours goes first: of two that leave at the same time, the later one then finds nobody.
      await supervisor.letGo()
      const client = newClient(url, 'leaving')
      try {
        await client.connect()
        // Whoever attaches now waits for this, and then either is counted or finds the server gone and starts it again.
        await client.query('select pg_advisory_lock($1)', [attachLock])
        if (await isUsedByOthers(client)) return false
        await stop()
        return true
      } catch (error) {
        if (!isConnectionError(error)) throw error
        // Another process was the last, and is stopping it or has done so; or the server is in trouble, and that is no reason to stop it.
        const alive = await isServerOf(supervisor.pid, cluster.path)
        if (alive && (await readLockFile(cluster.path))?.status !== 'stopping') return false
        await stop()
        return true
      } finally {
        await client.end().catch(() => {})
      }
    },
  }
}

/** Sessions of other Catraca processes. One that is just leaving is given a moment. */
async function isUsedByOthers(client: pg.Client): Promise<boolean> {
  for (let attempt = 1; attempt <= 5; attempt++) {
    const { rows } = await client.query<{ used: boolean }>(
      `select exists (
         select from pg_stat_activity
         where backend_type = 'client backend' and application_name like 'catraca%' and application_name not like '%:' || $1
       ) as used`,
      [String(process.pid)],
    )
    if (rows[0]?.used !== true) return false
    await delay(50)
  }
  return true
}

function newClient(url: string, applicationName: string): pg.Client {
  const client = new pg.Client({
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: silenceMs,
    query_timeout: patienceMs,
    keepAlive: true,
  })
  client.on('error', () => {})
  return client
}

function serverUrl(user: string, password: string, port: number): string {
  return `postgres://${user}:${password}@127.0.0.1:${port}/catraca`
}
