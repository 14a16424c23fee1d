import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Database, migrate } from '../../src/database/index.ts'

const migrations = fileURLToPath(new URL('../../supabase/migrations/', import.meta.url))

/** Applies the migrations whose names sort before `version`: what an installation of that day has. */
export async function migrateUntil(database: Database, version: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'catraca-migrations-'))
  try {
    const earlier = (await readdir(migrations)).filter((name) => name < version)
    for (const name of earlier) await cp(join(migrations, name), join(folder, name))
    await migrate(database, { folder })
  } finally {
    await rm(folder, { recursive: true })
  }
}
