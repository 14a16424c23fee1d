import { randomBytes } from 'node:crypto'
import { write } from 'node:fs'
import { constants, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { errorCode } from '../shared/error-code.ts'

/** What the spool needs of a disk: the machine's own, or the simulator's, which loses what was not synced. */
export interface Disk {
  makeDirectory(dir: string): Promise<void>
  /** The names in it, without the directory. */
  list(dir: string): Promise<string[]>
  /** A new file to append to. Its name is sure to stay only after `syncDirectory`. */
  create(path: string): Promise<AppendFile>
  syncDirectory(dir: string): Promise<void>
  read(path: string): Promise<Buffer>
  readPart(path: string, offset: number, length: number): Promise<Buffer>
  /** All that is in it is on the disk itself, whoever wrote it. */
  syncFile(path: string): Promise<void>
  /** Resolves with false where it is not there any more. */
  rename(from: string, to: string): Promise<boolean>
  /** It need not be there. */
  remove(path: string): Promise<void>
  /** Lets what arrives in the same turn of the event loop arrive: it can share a write. */
  gather(): Promise<void>
  /** How the names of files begin that this process makes, and nobody else. */
  nameOwn(replica: string): Promise<string>
  /** Does the process that named it so still run? */
  isOwnerAlive(file: string): Promise<boolean>
}

export interface AppendFile {
  /** Writes from `at` on; resolves with how many bytes it took, which is fewer where the disk fills up. */
  write(bytes: Buffer, at: number, position: number): Promise<number>
  /** All that was written is on the disk itself. */
  sync(): Promise<void>
  close(): Promise<void>
}

/** On Linux a write to a file that was opened so is a write and its fdatasync in one: half the trips to another thread and back. */
const writesThrough = process.platform === 'linux'
const openFlags = constants.O_APPEND | constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | (writesThrough ? constants.O_DSYNC : 0)

export const localDisk: Disk = {
  async makeDirectory(dir) {
    await mkdir(dir, { recursive: true, mode: 0o700 })
  },
  list: (dir) => readdir(dir),
  async create(path) {
    const handle = await open(path, openFlags, 0o600)
    return {
      // By the callback, without the promises of the handle's own way: it is the one write that calls wait for.
      write: (bytes, at, position) =>
        new Promise((resolve, reject) => {
          write(handle.fd, bytes, at, bytes.length - at, position, (error, written) => (error ? reject(error) : resolve(written)))
        }),
      sync: async () => {
        if (!writesThrough) await handle.datasync()
      },
      close: () => handle.close(),
    }
  },
  syncDirectory,
  read: (path) => readFile(path),
  readPart,
  syncFile,
  rename: renameIfThere,
  remove: (path) => rm(path, { force: true }),
  gather: () => new Promise((resolve) => setImmediate(resolve)),
  async nameOwn(replica) {
    return `${process.pid}.${(await startOf(process.pid)) ?? 0}-${replica}-${randomBytes(4).toString('hex')}`
  },
  isOwnerAlive,
}

async function readPart(path: string, offset: number, length: number): Promise<Buffer> {
  const handle = await open(path, 'r')
  try {
    const buffer = Buffer.allocUnsafe(length)
    await handle.read(buffer, 0, length, offset)
    return buffer
  } finally {
    await handle.close()
  }
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+')
  try {
    await handle.datasync()
  } finally {
    await handle.close()
  }
}

async function renameIfThere(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
}

/** A new file's name must be on disk as well, or a power cut loses the file with all that was synced into it. */
async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, 'r')
  try {
    await handle.sync()
  } catch (error) {
    // Windows cannot sync a directory and does not need to.
    if (!['EPERM', 'EISDIR'].includes(errorCode(error))) throw error
  } finally {
    await handle.close()
  }
}

/**
 * The file's name begins with its process's id and start. The id alone may meanwhile be somebody else's, or our own: in a container
 * every start has the same.
 */
async function isOwnerAlive(file: string): Promise<boolean> {
  const [, id, start] = /^(\d+)(?:\.(\d+))?-/.exec(file) ?? []
  const pid = Number(id)
  if (!(pid > 0)) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (errorCode(error) !== 'EPERM') return false
  }
  const now = await startOf(pid)
  return now === undefined || now === start
}

/** When a process started, in the kernel's ticks since boot: field 22 of its stat, the 20th behind the name. Undefined outside Linux. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}
