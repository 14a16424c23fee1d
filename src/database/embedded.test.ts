import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, readlink, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { networkInterfaces, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { expectWithin } from '../../tests/_support/expect-within.ts'
import { copyCluster } from '../../tests/_support/made-cluster.ts'
import { startStopwatch } from '../../tests/_support/stopwatch.ts'
import { ConfigurationError } from '../shared/errors.ts'
import { silentLog } from '../shared/log.ts'
import { type EmbeddedServer, isConnectionError, openDatabase, prepareGatewayLogin, startEmbedded } from './index.ts'
import { isAlive, isServerOf, readLockFile } from './postmaster.ts'

const isRoot = process.getuid?.() === 0
const directories: string[] = []
const children: ChildProcess[] = []

async function newDataDir(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'catraca-embedded-'))
  directories.push(dataDir)
  // As a person's .catraca would be: not closed to the user that the server runs as when we are root.
  await chmod(dataDir, 0o755)
  return dataDir
}

/** With a cluster that was made before and stopped, for tests to which the making does not matter. */
async function newMadeDataDir(): Promise<string> {
  const dataDir = await newDataDir()
  await copyCluster(dataDir)
  return dataDir
}

/** Ends what a test left running, and only that: the servers of its own directories and the processes that it spawned. */
async function cleanUp(): Promise<void> {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const dataDir of directories.splice(0)) {
    const cluster = await realpath(join(dataDir, 'postgres')).catch(() => undefined)
    const lock = cluster === undefined ? undefined : await readLockFile(cluster)
    if (lock && cluster && (await isServerOf(lock.pid, cluster))) {
      process.kill(lock.pid, 'SIGCONT')
      process.kill(lock.pid, 'SIGQUIT')
      await vi.waitFor(() => expect(isAlive(lock.pid)).toBe(false), { timeout: 10_000 })
    }
    if (cluster?.startsWith('/var/lib/catraca/')) await rm(dirname(cluster), { recursive: true, force: true })
    await rm(dataDir, { recursive: true, force: true })
  }
}

interface Starter {
  child: ChildProcess
  server: { pid: number; started: boolean; url: string }
}

/** Another process that starts the embedded server and then waits, until it is killed or told to leave. */
async function startInProcess(dataDir: string): Promise<Starter> {
  const code = `
    import { startEmbedded } from ${JSON.stringify(new URL('index.ts', import.meta.url).href)}
    const { pid, started, url, stopIfLast } = await startEmbedded({ dataDir: ${JSON.stringify(dataDir)} })
    console.log(JSON.stringify({ pid, started, url }))
    process.stdin.once('data', async () => {
      console.log(JSON.stringify({ stopped: await stopIfLast() }))
      process.exit()
    })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['pipe', 'pipe', 'inherit'] })
  children.push(child)
  return { child, server: await nextLine(child) }
}

async function nextLine<T>(child: ChildProcess): Promise<T> {
  if (child.stdout === null) throw new Error('no output')
  const lines = createInterface({ input: child.stdout })
  const [line] = await Promise.race([once(lines, 'line'), once(child, 'exit').then(() => [''])])
  lines.close()
  return JSON.parse(line)
}

async function killHard(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

async function ask<R extends object>(url: string, sql: string): Promise<R[]> {
  const database = openDatabase({ url, maxConnections: 1, applicationName: 'asker' })
  try {
    return await database.query<R>(sql)
  } finally {
    await database.close()
  }
}

describe('a running server', () => {
  let dataDir: string
  let server: EmbeddedServer
  const progress: string[] = []

  beforeAll(async () => {
    dataDir = await newDataDir()
    server = await startEmbedded({ dataDir, onProgress: (line) => progress.push(line) })
  })
  afterAll(cleanUp)

  test('is a durable UTF-8 PostgreSQL 18 with pgcrypto, owned by catraca', async () => {
    expect(server.started).toBe(true)
    expect(progress).toEqual([`Making a PostgreSQL 18 database in ${join(dataDir, 'postgres')}`])
    const [row] = await ask(
      server.url,
      `select current_setting('server_version_num')::int / 10000 as major, current_setting('fsync') as fsync, current_user::text as "user",
         current_database()::text as database, current_setting('server_encoding') as encoding, current_setting('data_checksums') as checksums`,
    )
    expect(row).toEqual({ major: 18, fsync: 'on', user: 'catraca', database: 'catraca', encoding: 'UTF8', checksums: 'on' })
    await ask(server.url, 'create extension pgcrypto')
    expect(await ask(server.url, `select encode(digest('a', 'sha256'), 'hex') as hex`)).toHaveLength(1)
  })

  test('is reachable on 127.0.0.1 only, with its password only, which only its owner reads', async () => {
    const url = new URL(server.url)
    expect(url.hostname).toBe('127.0.0.1')
    expect(
      await ask(server.url, `select current_setting('listen_addresses') as a, current_setting('unix_socket_directories') as s`),
    ).toEqual([{ a: '127.0.0.1', s: '' }])
    for (const address of Object.values(networkInterfaces()).flat()) {
      if (address === undefined || address.internal || address.family !== 'IPv4') continue
      const outside = new URL(server.url)
      outside.hostname = address.address
      await expect(ask(outside.href, 'select 1')).rejects.toSatisfy(isConnectionError)
    }
    const guess = new URL(server.url)
    guess.password = 'guess'
    await expect(ask(guess.href, 'select 1')).rejects.toMatchObject({ code: '28P01' })
    for (const file of ['postgres-password', 'gateway-password', 'postgres.log']) {
      expect((await stat(join(dataDir, file))).mode & 0o777).toBe(0o600)
    }
  })

  test('does not know our environment, and keeps refused statements out of its log', async () => {
    await expect(ask(server.url, `select 'sk-test-canary'::int`)).rejects.toMatchObject({ code: '22P02' })
    await expect(ask(server.url, `select vault_typo('sk-test-canary')`)).rejects.toMatchObject({ code: '42883' })
    const log = await readFile(join(dataDir, 'postgres.log'), 'utf8')
    expect(log).toContain('ready to accept connections')
    expect(log).not.toContain('canary')
    if (process.platform === 'linux') expect(await readFile(`/proc/${server.pid}/environ`, 'utf8')).not.toContain('VITEST')
  })

  test('is attached to by a second start, at once', async () => {
    const second = await expectWithin(1_000, () => startEmbedded({ dataDir }))
    expect(second).toMatchObject({ started: false, pid: server.pid, url: server.url, gatewayUrl: server.gatewayUrl })
  })

  test('lets the gateway role log in once prepared, also when two prepare it at once', async () => {
    await ask(server.url, 'create role catraca_gateway nologin')
    await expect(ask(server.gatewayUrl, 'select 1')).rejects.toMatchObject({ code: expect.stringMatching(/^28/) })
    await Promise.all([prepareGatewayLogin(server), prepareGatewayLogin(server)])
    expect(await ask(server.gatewayUrl, 'select current_user::text as "user"')).toEqual([{ user: 'catraca_gateway' }])
    await prepareGatewayLogin(server)
    expect((await readFile(join(dataDir, 'gateway-password'), 'utf8')).trim()).toBe(new URL(server.gatewayUrl).password)
  })

  test('that is silent is refused in words within 1 s, and attached to when it answers again', async () => {
    process.kill(server.pid, 'SIGSTOP')
    try {
      const words = new RegExp(`Process ${server.pid} holds the database in .* does not answer`)
      await expectWithin(1_000, () => expect(startEmbedded({ dataDir })).rejects.toThrow(words))
    } finally {
      process.kill(server.pid, 'SIGCONT')
    }
    expect(await startEmbedded({ dataDir })).toMatchObject({ started: false, pid: server.pid })
  })
})

describe('starting', () => {
  afterEach(cleanUp)

  test('four processes at once on a new directory make one server, and all attach to it', async () => {
    const dataDir = await newDataDir()
    const starters = await Promise.all(Array.from({ length: 4 }, () => startInProcess(dataDir)))
    expect(new Set(starters.map(({ server }) => server.pid)).size).toBe(1)
    expect(starters.filter(({ server }) => server.started)).toHaveLength(1)
    for (const { server } of starters) expect(await ask(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
    expect((await readdir(dataDir)).sort()).toEqual(['gateway-password', 'postgres', 'postgres-password', 'postgres.log'])
  })

  test('after a kill -9 of the process that started it, the server runs on and the next start attaches', async () => {
    const dataDir = await newMadeDataDir()
    const first = await startInProcess(dataDir)
    await ask(first.server.url, 'create table kept (id int); insert into kept values (1)')
    await killHard(first.child)
    const second = await startEmbedded({ dataDir })
    expect(second).toMatchObject({ started: false, pid: first.server.pid })
    expect(await ask(second.url, 'select id from kept')).toEqual([{ id: 1 }])
    expect(await second.stopIfLast()).toBe(true)
  })

  test('after a kill -9 of the server, a process that has its old id does not block the start, and nothing is lost', async () => {
    const dataDir = await newMadeDataDir()
    const first = await startEmbedded({ dataDir })
    await ask(first.url, 'create table kept (id int); insert into kept values (1)')
    process.kill(first.pid, 'SIGKILL')
    await vi.waitFor(() => expect(isAlive(first.pid)).toBe(false))

    const cluster = join(dataDir, 'postgres')
    const { uid, gid } = await stat(cluster)
    const stranger = spawn('sleep', ['60'], { uid, gid })
    children.push(stranger)
    const lockFile = join(cluster, 'postmaster.pid')
    const lines = (await readFile(lockFile, 'utf8')).split('\n')
    await writeFile(lockFile, [stranger.pid, ...lines.slice(1)].join('\n'))

    const second = await startEmbedded({ dataDir })
    expect(second.started).toBe(true)
    expect(await ask(second.url, 'select id from kept')).toEqual([{ id: 1 }])
    expect((await readdir(cluster)).filter((name) => name.includes('stale'))).toEqual([])
    expect(stranger.exitCode).toBeNull()
  })

  test('again after a clean stop takes less than 1.5 s', async () => {
    const dataDir = await newMadeDataDir()
    let server = await startEmbedded({ dataDir })
    await vi.waitFor(async () => {
      await server.stop()
      const elapsedMs = startStopwatch()
      server = await startEmbedded({ dataDir })
      const tookMs = elapsedMs()
      console.log(`second start: ${Math.round(tookMs)} ms`)
      expect(server.started).toBe(true)
      expect(tookMs).toBeLessThan(1_500)
    })
  })

  test('clears away what a first start left that was killed', async () => {
    const dataDir = await newDataDir()
    const finished = spawn('true')
    await once(finished, 'exit')
    const leftover = join(dataDir, `postgres.new-${finished.pid}-1`)
    await mkdir(leftover)
    await writeFile(join(leftover, 'PG_VERSION'), '18\n')
    await startEmbedded({ dataDir })
    expect(existsSync(leftover)).toBe(false)
  })
})

describe('refuses in words', () => {
  afterEach(cleanUp)

  async function refusalOf(dataDir: string): Promise<string> {
    const error: unknown = await startEmbedded({ dataDir }).then(
      () => undefined,
      (reason) => reason,
    )
    expect(error).toBeInstanceOf(ConfigurationError)
    return error instanceof Error ? error.message : ''
  }

  test('a directory that another major version made', async () => {
    const dataDir = await newMadeDataDir()
    await (await startEmbedded({ dataDir })).stop()
    await writeFile(join(dataDir, 'postgres', 'PG_VERSION'), '17\n')
    expect(await refusalOf(dataDir)).toMatch(/made by PostgreSQL 17, and this Catraca brings PostgreSQL 18: move it over with pg_dump/)
  })

  test('a directory that is something else', async () => {
    const dataDir = await newDataDir()
    await mkdir(join(dataDir, 'postgres'))
    await writeFile(join(dataDir, 'postgres', 'holiday.jpg'), '')
    expect(await refusalOf(dataDir)).toContain('is not a PostgreSQL data directory')
    expect(await readdir(join(dataDir, 'postgres'))).toEqual(['holiday.jpg'])
  })

  test('a cluster without its password, and one with another password', async () => {
    const dataDir = await newMadeDataDir()
    await startEmbedded({ dataDir })
    const file = join(dataDir, 'postgres-password')
    await writeFile(file, 'another\n')
    expect(await refusalOf(dataDir)).toContain(`does not accept the password in ${file}`)
    await rm(file)
    expect(await refusalOf(dataDir)).toContain(`${file} is missing`)
  })

  test('a place where nothing can be written', async () => {
    const dataDir = await newDataDir()
    await writeFile(join(dataDir, 'file'), '')
    expect(await refusalOf(join(dataDir, 'file', 'below'))).toMatch(/cannot be written \(ENOTDIR\): set CATRACA_DATA_DIR/)
  })

  test('a configuration that PostgreSQL does not start with', async () => {
    const dataDir = await newMadeDataDir()
    await (await startEmbedded({ dataDir })).stop()
    await writeFile(join(dataDir, 'postgres', 'postgresql.auto.conf'), 'no_such_setting = 1\n')
    expect(await refusalOf(dataDir)).toMatch(/PostgreSQL did not start: .*FATAL/)
  })
})

describe('stopIfLast', () => {
  afterEach(cleanUp)

  test('leaves the server to others, and stops it when nobody is left', async () => {
    const dataDir = await newMadeDataDir()
    const server = await startEmbedded({ dataDir })
    const other = await startInProcess(dataDir)
    expect(await server.stopIfLast()).toBe(false)
    expect(isAlive(server.pid)).toBe(true)
    other.child.stdin?.write('leave')
    expect(await nextLine(other.child)).toEqual({ stopped: true })
    // It was started by this process, which has to take note of its end.
    await vi.waitFor(() => expect(isAlive(server.pid)).toBe(false))
  })

  test('a process that was killed does not count', async () => {
    const dataDir = await newMadeDataDir()
    const server = await startEmbedded({ dataDir })
    await killHard((await startInProcess(dataDir)).child)
    await vi.waitFor(async () =>
      expect(await ask(server.url, `select from pg_stat_activity where application_name like 'catraca-presence:%'`)).toHaveLength(1),
    )
    expect(await server.stopIfLast()).toBe(true)
  })

  test('of two that leave at the same time, one stops it', async () => {
    const dataDir = await newMadeDataDir()
    const both = await Promise.all([startInProcess(dataDir), startInProcess(dataDir)])
    const pid = both[0].server.pid
    const answers = both.map(({ child }) => {
      child.stdin?.write('leave')
      return nextLine<{ stopped: boolean }>(child)
    })
    expect((await Promise.all(answers)).some(({ stopped }) => stopped)).toBe(true)
    // The one that started it may not be the one that stopped it, and has to take note of its end.
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false))
  })
})

test('a process that starts while the last one leaves gets a server that stays', async () => {
  const dataDir = await newMadeDataDir()
  for (let round = 0; round < 5; round++) {
    const leaving = await startEmbedded({ dataDir })
    const [, coming] = await Promise.all([leaving.stopIfLast(), startInProcess(dataDir)])
    expect(await ask(coming.server.url, 'select 1 as one')).toEqual([{ one: 1 }])
    expect(isAlive(coming.server.pid)).toBe(true)
    coming.child.stdin?.write('leave')
    expect(await nextLine(coming.child)).toEqual({ stopped: true })
  }
  await cleanUp()
})

test('a server that is stopped while the process that keeps it up attaches to it again is left alone', async () => {
  const dataDir = await newMadeDataDir()
  const server = await startEmbedded({ dataDir })
  const presence = `catraca-presence:${process.pid}`
  await ask(
    server.url,
    `create function linger() returns event_trigger language plpgsql as $$
       begin if current_setting('application_name') = '${presence}' then perform pg_sleep(60); end if; end $$;
     create event trigger linger on login execute function linger()`,
  )
  const said: string[] = []
  server.keepUp({ ...silentLog, error: (line) => said.push(line) })
  process.kill(server.pid, 'SIGINT')
  await vi.waitFor(() => expect(said.join()).toContain('PostgreSQL was stopped'))

  const other = await startInProcess(dataDir)
  const attaching = `select from pg_stat_activity where application_name = '${presence}'`
  await vi.waitFor(async () => expect(await ask(other.server.url, attaching)).not.toHaveLength(0))
  process.kill(other.server.pid, 'SIGINT')
  await vi.waitFor(() => expect(isAlive(other.server.pid)).toBe(false))
  await server.stop()
  expect(await readLockFile(join(dataDir, 'postgres'))).toBeUndefined()
  await cleanUp()
})

describe.runIf(isRoot)('as root', () => {
  afterEach(cleanUp)

  test('runs as an unprivileged user, and owns nothing but its cluster', async () => {
    const dataDir = await newDataDir()
    const server = await startEmbedded({ dataDir })
    expect((await stat(`/proc/${server.pid}`)).uid).not.toBe(0)
    expect((await stat(join(dataDir, 'postgres'))).uid).toBe((await stat(`/proc/${server.pid}`)).uid)
    expect((await stat(dataDir)).uid).toBe(0)
    expect((await stat(join(dataDir, 'postgres-password'))).uid).toBe(0)
  })

  test('puts the cluster elsewhere when that user cannot reach the data directory, says so, and finds it again', async () => {
    const closed = await newDataDir()
    await chmod(closed, 0o700)
    const dataDir = join(closed, '.catraca')
    directories.unshift(dataDir)
    const progress: string[] = []
    const server = await startEmbedded({ dataDir, onProgress: (line) => progress.push(line) })
    const link = join(dataDir, 'postgres')
    expect((await lstat(link)).isSymbolicLink()).toBe(true)
    const cluster = await readlink(link)
    expect(progress[0]).toContain(`the database goes to ${dirname(cluster)}, linked from there`)
    expect((await stat(dirname(cluster))).mode & 0o777).toBe(0o700)
    await ask(server.url, 'create table kept (id int)')
    await server.stop()
    const again = await startEmbedded({ dataDir })
    expect(await ask(again.url, 'select id from kept')).toEqual([])

    await again.stop()
    await rm(dirname(cluster), { recursive: true })
    await expect(startEmbedded({ dataDir })).rejects.toThrow(`${link} points to ${cluster}, which is gone`)
  })
})
