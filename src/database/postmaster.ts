import { execFile } from 'node:child_process'
import { link, readFile, rename, unlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { errorCode } from '../shared/error-code.ts'

const run = promisify(execFile)

/** What a running server writes into its data directory. */
export interface LockFile {
  pid: number
  port: number
  status: 'starting' | 'ready' | 'stopping'
  /** As it stands, to tell this file from a later one. */
  content: string
}

export async function readLockFile(cluster: string): Promise<LockFile | undefined> {
  const content = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => undefined)
  if (content === undefined) return undefined
  const lines = content.split('\n')
  const status = lines[7]?.trim()
  return {
    pid: Number(lines[0]),
    port: Number(lines[3] ?? 0),
    status: status === 'ready' || status === 'stopping' ? status : 'starting',
    content,
  }
}

export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errorCode(error) === 'EPERM'
  }
}

/**
 * Is this process the server of this cluster? After a reboot, or a kill -9 of everything, a lock file's pid may belong to anybody, and
 * PostgreSQL itself only asks whether it is alive.
 */
export async function isServerOf(pid: number, cluster: string): Promise<boolean> {
  if (!isAlive(pid)) return false
  // There PostgreSQL asks the process itself, through a pipe that only a server has.
  if (process.platform === 'win32') return true
  if (process.platform === 'linux') {
    const [program, ...args] = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
    return basename(program ?? '') === 'postgres' && args.includes(cluster)
  }
  const listed = await run('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).catch(() => ({ stdout: '' }))
  return listed.stdout.includes('postgres') && listed.stdout.includes(cluster)
}

/** Takes the lock file of a server that is gone out of the way, if it is still that file. */
export async function removeStaleLock(cluster: string, content: string): Promise<void> {
  const file = join(cluster, 'postmaster.pid')
  const aside = `${file}.stale-${process.pid}-${Date.now()}`
  try {
    await rename(file, aside)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return
    throw error
  }
  // A rival may have started a server since we looked: then this is its lock file, and it goes back.
  if ((await readFile(aside, 'utf8')) !== content) await link(aside, file).catch(() => {})
  await unlink(aside)
}
