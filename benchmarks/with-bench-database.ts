import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Database, migrate, openDatabase, startEmbedded } from '../src/database/index.ts'

/** A PostgreSQL of its own with every migration, and a folder; both are gone afterwards. Says what machine it is, before and after. */
export async function withBenchDatabase(run: (database: Database, dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'catraca-bench-'))
  // PostgreSQL's own user must reach it, or the cluster would lie elsewhere.
  await chmod(dir, 0o755)
  const load = () => `load average ${loadavg()[0]?.toFixed(1)}`
  const server = await startEmbedded({ dataDir: dir })
  const database = openDatabase({ url: server.url })
  try {
    const [version] = await database.query<{ server_version: string }>('show server_version')
    console.log(
      `Node ${process.version}, PostgreSQL ${version?.server_version}, ${cpus().length} × ${cpus()[0]?.model}, ${load()}, ${new Date().toISOString()}`,
    )
    await migrate(database)
    await run(database, dir)
    console.log(`\n${load()}`)
  } finally {
    await database.close()
    await server.stop()
    await rm(dir, { recursive: true, force: true })
  }
}
