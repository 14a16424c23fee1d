import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { migrate, openDatabase, startEmbedded } from '../../src/database/index.ts'
import { databaseUrl, template } from './database-url.ts'
import { keepCluster } from './made-cluster.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The server that every test shares; its user owns everything. */
    serverUrl: string
    /** How PostgreSQL copies a database here: by its files where they are in memory, through its log where they would wait for a disk. */
    copyStrategy: 'file_copy' | 'wal_log'
    /** A stopped server's data directory, with the schema in its database; for `copyCluster`. */
    madeCluster: string
    /** Why there is no migrated template, where a migration fails; else empty. */
    migrationFailure: string
  }
}

const prefix = 'catraca-test-'
/** A run takes about a tenth of it. */
const leastMemoryBytes = 4 * 1024 ** 3

/** One real PostgreSQL for the whole run, with a migrated database to copy from, in a folder with all else that the tests write. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const memory = await memoryDisk()
  for (const folder of new Set([memory ?? tmpdir(), tmpdir()])) await clearAway(folder)
  const folder = await mkdtemp(join(memory ?? tmpdir(), `${prefix}${process.pid}-`))
  // As root, the server runs as another user, who has to get in.
  await chmod(folder, 0o1777)
  // The workers start later, and have it from here.
  process.env.TMPDIR = folder
  const dataDir = join(folder, 'server')
  await mkdir(dataDir)
  const made = await startEmbedded({ dataDir })
  const failure = await makeSchemas(made.url)
  await made.stop()
  await keepCluster(dataDir, join(folder, 'made'))
  const server = await startEmbedded({ dataDir })
  project.provide('serverUrl', server.url)
  project.provide('copyStrategy', memory === undefined ? 'wal_log' : 'file_copy')
  project.provide('madeCluster', join(folder, 'made'))
  project.provide('migrationFailure', failure)
  return async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * Where a disk is only memory, so that nothing waits for one: several thousand commits and two hundred databases do. What a kill leaves
 * is the same. The long forms and `npm run reliability` are measured on a disk.
 */
async function memoryDisk(): Promise<string | undefined> {
  if (process.env.CATRACA_TEST_LONG === '1' || process.env.CATRACA_FIGURES !== undefined) return undefined
  const mounts = await readFile('/proc/mounts', 'utf8').catch(() => '')
  const options = /^\S+ \/dev\/shm tmpfs (\S+)/m.exec(mounts)?.[1]?.split(',') ?? ['noexec']
  // PostgreSQL's programs are copied next to its data.
  if (options.includes('noexec') || options.includes('ro')) return undefined
  const { bavail, bsize } = await statfs('/dev/shm')
  return bavail * bsize >= leastMemoryBytes ? '/dev/shm' : undefined
}

/** The server outlives a test run that was killed, as it is meant to: the next run ends it. */
async function clearAway(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : Number.NaN
    if (Number.isNaN(pid) || isRunning(pid)) continue
    const dataDir = join(folder, name, 'server')
    if (existsSync(dataDir)) await (await startEmbedded({ dataDir }).catch(() => undefined))?.stop()
    await rm(join(folder, name), { recursive: true, force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/**
 * The template, and the server's own database, which is what copies of the cluster bring: nobody can copy that one while the server runs,
 * because whoever started the server is connected to it. A broken migration fails the tests that need the schema, each in its words, and
 * not those that do not.
 */
async function makeSchemas(serverUrl: string): Promise<string> {
  const server = openDatabase({ url: serverUrl, maxConnections: 1 })
  const database = openDatabase({ url: databaseUrl(serverUrl, template), maxConnections: 1 })
  try {
    await server.query(`create database ${template}`)
    await migrate(database)
    await migrate(server)
    return ''
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error)
    console.error(`The test database has no schema: ${failure}`)
    return failure
  } finally {
    await database.close()
    await server.close()
  }
}
