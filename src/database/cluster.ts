import { randomBytes } from 'node:crypto'
import {
  chmod,
  chown,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from '../shared/error-code.ts'
import { isAlive } from './postmaster.ts'
import { refusal } from './refusal.ts'
import { type Account, isReachable } from './server-account.ts'
import { binaryPath, runBinary, type ServerBinaries } from './server-binaries.ts'

/** Where clusters go that root made in a data directory that nobody else can reach. */
const systemFolder = '/var/lib/catraca'

/** Only this machine, only with a password. */
const clientAuthentication = 'host all all 127.0.0.1/32 scram-sha-256\n'

/** A generated password in a file that only its owner can read; the one that is there, if there is one. */
export async function keepPassword(file: string): Promise<string> {
  const known = await readPassword(file)
  if (known !== undefined) return known
  // Linked into place whole: a process that starts at the same time never reads half of it, and both use the same one.
  const temporary = `${file}.new-${process.pid}-${Date.now()}`
  try {
    await writeFile(temporary, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600, flush: true })
    await link(temporary, file).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error
    })
  } finally {
    await rm(temporary, { force: true })
  }
  return (await readFile(file, 'utf8')).trim()
}

async function readPassword(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** The real path of an existing cluster; undefined where there is none yet. Refuses what is there and is not one. */
export async function findCluster(dataDir: string): Promise<string | undefined> {
  const path = join(dataDir, 'postgres')
  const found = await lstat(path).catch(() => undefined)
  if (found === undefined) return undefined
  const real = await realpath(path).catch(async () => {
    throw refusal(
      `${path} points to ${await readlink(path)}, which is gone: restore it, or remove the link to begin with an empty database`,
    )
  })
  const entries = await readdir(real)
  if (entries.length === 0) return undefined
  if (!entries.includes('PG_VERSION'))
    throw refusal(`${path} is not a PostgreSQL data directory: move it away, or choose another data directory`)
  if ((await readPassword(join(dataDir, 'postgres-password'))) === undefined) {
    throw refusal(
      `${join(dataDir, 'postgres-password')} is missing, and the database in ${path} does not open without it: restore that file`,
    )
  }
  return real
}

export async function refuseOtherVersion(cluster: string, major: string): Promise<void> {
  const version = (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim()
  if (version === major) return
  throw refusal(
    `The database in ${cluster} was made by PostgreSQL ${version}, and this Catraca brings PostgreSQL ${major}: ` +
      `move it over with pg_dump and a PostgreSQL ${version}, or choose another data directory`,
  )
}

/** The directory that a new cluster is made in: the data directory, unless the server's account cannot get there. */
export async function chooseHome(dataDir: string, account: Account | undefined, onProgress: (line: string) => void): Promise<string> {
  if (account === undefined || (await isReachable(dataDir, account))) return dataDir
  await mkdir(systemFolder, { recursive: true, mode: 0o755 })
  const home = await mkdtemp(join(systemFolder, 'embedded-'))
  await chmod(home, 0o700)
  await chown(home, account.uid, account.gid)
  onProgress(`PostgreSQL does not run as root, and its user cannot reach ${dataDir}: the database goes to ${home}, linked from there`)
  return home
}

/** Makes a cluster aside and moves it into place, so that it is there whole or not at all. A rival that was faster wins. */
export async function createCluster(
  dataDir: string,
  home: string,
  binaries: ServerBinaries,
  account: Account | undefined,
  password: string,
): Promise<void> {
  await removeLeftovers(home)
  const temporary = join(home, `postgres.new-${process.pid}-${Date.now()}`)
  try {
    await mkdir(temporary, { mode: 0o700 })
    if (account) await chown(temporary, account.uid, account.gid)
    await initialise(temporary, binaries, account, password)
    if (!(await moveIntoPlace(temporary, dataDir, home))) await rm(home === dataDir ? temporary : home, { recursive: true, force: true })
  } catch (error) {
    await rm(home === dataDir ? temporary : home, { recursive: true, force: true })
    throw error
  }
}

async function initialise(cluster: string, binaries: ServerBinaries, account: Account | undefined, password: string): Promise<void> {
  const options = [
    '--username=catraca',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--auth=reject',
  ]
  const made = await runBinary(binaryPath(binaries, 'initdb'), ['-D', cluster, '--no-instructions', ...options], account)
  if (made.exitCode !== 0) throw refusal(`PostgreSQL could not make a database in ${cluster}: ${made.output}`)
  // Single-user mode: the password and the database are there before the first server listens.
  const statements = `alter role catraca password '${password}'\ncreate database catraca\n`
  const set = await runBinary(binaryPath(binaries, 'postgres'), ['--single', '-D', cluster, 'postgres'], account, statements)
  if (set.exitCode !== 0 || /\b(ERROR|FATAL|PANIC):/.test(set.output)) {
    throw refusal(`PostgreSQL could not prepare the database in ${cluster}: ${set.output.replaceAll(password, '[secret]')}`)
  }
  await writeFile(join(cluster, 'pg_hba.conf'), clientAuthentication, { flush: true })
}

/** Returns false where a rival's cluster is in place already. */
async function moveIntoPlace(temporary: string, dataDir: string, home: string): Promise<boolean> {
  try {
    await rename(temporary, join(home, 'postgres'))
    if (home !== dataDir) await symlink(join(home, 'postgres'), join(dataDir, 'postgres'))
    return true
  } catch (error) {
    const rival = await lstat(join(dataDir, 'postgres', 'PG_VERSION')).catch(() => undefined)
    if (rival === undefined) throw error
    return false
  }
}

/** What a process left that was killed while it made a cluster. */
async function removeLeftovers(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    const pid = /^postgres\.new-(\d+)-/.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(home, name), { recursive: true, force: true })
  }
}
