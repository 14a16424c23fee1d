import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type EmbeddedServer, startEmbedded } from '../../src/database/index.ts'
import { type DatabaseLink, openDatabaseLink } from './database-link.ts'
import { copyCluster } from './made-cluster.ts'

/** A migrated PostgreSQL of the test's own, that it may stop as it likes, behind a link whose address stays. */
export interface DatabaseServer {
  dataDir: string
  link: DatabaseLink
  /** Immediate stop (SIGQUIT to the postmaster): no goodbye to anybody, no checkpoint. Resolves when it is gone. */
  crash(): Promise<void>
  /** Starts again after a crash, by way of PostgreSQL's own recovery. */
  start(): Promise<void>
  close(): Promise<void>
}

export async function startDatabaseServer(): Promise<DatabaseServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'catraca-away-'))
  await copyCluster(dataDir)
  let server: EmbeddedServer = await startEmbedded({ dataDir })
  const link = await openDatabaseLink(server.url)
  return {
    dataDir,
    link,
    async crash() {
      process.kill(server.pid, 'SIGQUIT')
      await expect.poll(() => isRunning(server.pid), { timeout: 20_000, interval: 20 }).toBe(false)
    },
    async start() {
      server = await startEmbedded({ dataDir })
      link.moveTo(server.url)
    },
    async close() {
      await link.close()
      await server.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
