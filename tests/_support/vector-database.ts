import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate, openDatabase } from '../../src/database/index.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { hasPostgres15, startPostgres15 } from './postgres15.ts'

/** `.ci/install-pgvector` puts it there. */
const hasPgvector = hasPostgres15 && existsSync('/usr/share/postgresql/15/extension/vector.control')

export interface VectorDatabase extends TestDatabase {
  /** Is it the real one? */
  hasPgvector: boolean
}

/**
 * A migrated database that could have the extension vector and does not have it yet: PostgreSQL 15 with pgvector itself where that is
 * installed, else the PostgreSQL of the other tests with an extension of that name, which has the one operator that the gateway uses.
 */
export async function createVectorDatabase(): Promise<VectorDatabase> {
  return hasPgvector ? await onPostgres15() : await onStandIn()
}

async function onPostgres15(): Promise<VectorDatabase> {
  const server = await startPostgres15()
  const database = openDatabase({ url: server.url })
  await migrate(database)
  return {
    hasPgvector,
    url: server.url,
    database,
    async drop() {
      await database.close()
      await server.stop()
    },
  }
}

const standIn = `
create domain vector as real[];
create function cosine_distance(a real[], b real[]) returns float8 language sql immutable strict
return (select 1 - sum(x::float8 * y) / sqrt(sum(x::float8 * x) * sum(y::float8 * y)) from unnest(a, b) as p(x, y));
create operator <=> (leftarg = real[], rightarg = real[], function = cosine_distance);
`

async function onStandIn(): Promise<VectorDatabase> {
  const directory = await mkdtemp(join(tmpdir(), 'catraca-stand-in-'))
  await mkdir(join(directory, 'extension'))
  await writeFile(join(directory, 'extension/vector.control'), "default_version = '0'\nrelocatable = true\n")
  await writeFile(join(directory, 'extension/vector--0.sql'), standIn)
  // As root, the server runs as another user, who has to get in.
  await chmod(directory, 0o755)
  const db = await createTestDatabase()
  // It is for sessions that begin after it.
  const first = openDatabase({ url: db.url, maxConnections: 1 })
  await first.query(`alter database ${new URL(db.url).pathname.slice(1)} set extension_control_path = '$system:${directory}'`)
  await first.close()
  return {
    hasPgvector,
    ...db,
    async drop() {
      await db.drop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
