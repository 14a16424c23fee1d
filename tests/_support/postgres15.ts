import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** Where Debian puts it; `.ci/run` installs it, a developer's machine may not have it. */
const binaries = '/usr/lib/postgresql/15/bin'

/** For `test.skipIf(!hasPostgres15)`. In CI its absence is a failure, not a skipped test. */
export const hasPostgres15 = existsSync(join(binaries, 'postgres'))
if (!hasPostgres15 && process.env.CI) throw new Error(`PostgreSQL 15 is missing in ${binaries}: apt-get install postgresql-15`)

export interface Postgres15 {
  /** An empty database; its user owns everything. */
  url: string
  stop(): Promise<void>
}

/** A second real server of the oldest version that Catraca supports, on loopback, gone after `stop`. */
export async function startPostgres15(): Promise<Postgres15> {
  const account = await findAccount()
  const cluster = await mkdtemp(join(tmpdir(), 'catraca-postgres15-'))
  if (account) await chown(cluster, account.uid, account.gid)
  const run = (program: string, args: string[]) => execute(join(binaries, program), args, { cwd: tmpdir(), ...account })
  await run('initdb', ['-D', cluster, '--username=catraca', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'])
  const port = await findFreePort()
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''`
  await run('pg_ctl', ['start', '-D', cluster, '-w', '-l', join(cluster, 'log'), '-o', options])
  return {
    url: `postgres://catraca@127.0.0.1:${port}/postgres`,
    async stop() {
      await run('pg_ctl', ['stop', '-D', cluster, '-m', 'immediate', '-w'])
      await rm(cluster, { recursive: true, force: true })
    },
  }
}

/** PostgreSQL does not run as root; Debian's package brings a user for it. */
async function findAccount(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const [uid, gid] = await Promise.all([execute('id', ['-u', 'postgres']), execute('id', ['-g', 'postgres'])])
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
}

async function findFreePort(): Promise<number> {
  return await new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0))
    })
  })
}
