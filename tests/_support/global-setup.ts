import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
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
    /** A stopped server's data directory, with the schema in its database; for `copyCluster`. */
    madeCluster: string
    /** Why there is no migrated template, where a migration fails; else empty. */
    migrationFailure: string
  }
}

const prefix = 'catraca-test-'

/** One real PostgreSQL for the whole run, with a migrated database to copy from. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  await clearAway()
  const dataDir = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`))
  // As root, the server runs as another user, who has to get in.
  await chmod(dataDir, 0o755)
  const made = await startEmbedded({ dataDir })
  const failure = await makeSchemas(made.url)
  await made.stop()
  await keepCluster(dataDir, join(dataDir, 'made'))
  const server = await startEmbedded({ dataDir })
  project.provide('serverUrl', server.url)
  project.provide('madeCluster', join(dataDir, 'made'))
  project.provide('migrationFailure', failure)
  return async () => {
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

/** The server outlives a test run that was killed, as it is meant to: the next run ends it. */
async function clearAway(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : Number.NaN
    if (Number.isNaN(pid) || isRunning(pid)) continue
    const dataDir = join(tmpdir(), name)
    const leftover = await startEmbedded({ dataDir }).catch(() => undefined)
    await leftover?.stop()
    await rm(dataDir, { recursive: true, force: true })
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
