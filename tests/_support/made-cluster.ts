import { execFile } from 'node:child_process'
import { chmod, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { inject } from 'vitest'

const execute = promisify(execFile)

/** Keeps a stopped cluster for `copyCluster`. As root, its files belong to another user, and keep doing so: hence `cp`. */
export async function keepCluster(dataDir: string, copy: string): Promise<void> {
  await mkdir(copy)
  await chmod(copy, 0o755)
  for (const name of ['postgres', 'postgres-password', 'gateway-password']) await execute('cp', ['-a', join(dataDir, name), copy])
  // It names the last port, which a server wants again.
  await rm(join(copy, 'postgres', 'postmaster.opts'))
}

/** Puts a stopped PostgreSQL with the schema into an empty data directory: `initdb` and the migrations take seconds, and ran before. */
export async function copyCluster(dataDir: string): Promise<void> {
  const failure = inject('migrationFailure')
  if (failure !== '') throw new Error(`There is no migrated cluster to copy: ${failure}`)
  // As root, the server runs as another user, who has to get in.
  await chmod(dataDir, 0o755)
  await execute('cp', ['-a', `${inject('madeCluster')}/.`, dataDir])
}
