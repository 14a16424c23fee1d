import type { AppendFile, Disk } from '../../src/ledger/disk.ts'
import { framesOf } from '../../src/ledger/spool.ts'
import type { Owner, World } from './world.ts'

interface SimFile {
  bytes: Buffer
  /** As many of them outlive a power cut. */
  synced: number
}

type Names = Map<string, SimFile>

/** A machine's disk. A killed process leaves what it wrote; a power cut leaves what was synced, and of the rest a part, or nonsense. */
export class SimDisk {
  readonly #world: World
  #names: Names = new Map()
  #durable: Names = new Map()
  /** Changes of names that no sync of the directory has made sure of: a power cut keeps the first few. */
  #journal: ((names: Names) => void)[] = []
  #made = 0
  #fullUntilMs = 0
  /** A disk that says that it synced and did not: only to see that the simulator finds it. */
  liesAboutSync = false
  /** Processes of several places keep their spools in one directory of it. */
  isShared = false
  /** It has failed to take something. */
  hasFailed = false

  constructor(world: World) {
    this.#world = world
  }

  get files(): string[] {
    return [...this.#names.keys()]
  }

  /** As a process sees it. Each operation is an event, and a kill may find it done, undone or half done. */
  of(owner: Owner, isAlive: (ownerName: string) => boolean): Disk {
    const world = this.#world
    const operate = <T>(label: string, act: () => T, partly?: () => void): Promise<T> =>
      new Promise((resolve, reject) => {
        const run = () => {
          try {
            resolve(act())
          } catch (error) {
            reject(error as Error)
          }
        }
        const onKill = () => {
          try {
            const draw = world.random()
            if (draw < 0.4) act()
            else if (draw < 0.7) partly?.()
          } catch {
            // A disk that fails fails for a dying process too.
          }
        }
        world.schedule(owner, world.latency(), `${owner.name} disk ${label}`, run, onKill)
      })
    return {
      makeDirectory: () => operate('mkdir', () => {}),
      list: () => operate('list', () => [...this.#names.keys()].map((path) => path.slice(path.lastIndexOf('/') + 1))),
      create: (path) => operate('create', () => this.#create(path)).then((file) => this.#append(file, operate)),
      // Whatever is ready has run by the simulator's next event.
      gather: () => Promise.resolve(),
      syncDirectory: () =>
        operate('sync directory', () => {
          if (world.strikes('disk_sync_error')) throw this.#failure('EIO')
          for (const change of this.#journal) change(this.#durable)
          this.#journal = []
        }),
      read: (path) => operate('read', () => Buffer.from(this.#find(path).bytes)),
      readPart: (path, offset, length) => operate('read part', () => Buffer.from(this.#find(path).bytes.subarray(offset, offset + length))),
      // It does not fail here: a disk that fails at the start keeps the process from starting, as one that cannot be read does.
      syncFile: (path) =>
        operate('sync', () => {
          const file = this.#find(path)
          if (!this.liesAboutSync) file.synced = file.bytes.length
        }),
      rename: (from, to) => operate('rename', () => this.#rename(from, to)),
      remove: (path) => operate('remove', () => this.#change((names) => names.delete(path))),
      nameOwn: async (replica) => {
        this.#made += 1
        return `${owner.name}-${replica}-${this.#made}`
      },
      isOwnerAlive: (file) => operate('look for owner', () => isAlive(file.slice(0, file.indexOf('-')))),
    }
  }

  #create(path: string): SimFile {
    if (this.#world.strikes('disk_create_error')) throw this.#failure('EMFILE')
    const file: SimFile = { bytes: Buffer.alloc(0), synced: 0 }
    this.#change((names) => names.set(path, file))
    return file
  }

  #append(file: SimFile, operate: <T>(label: string, act: () => T, partly?: () => void) => Promise<T>): AppendFile {
    const world = this.#world
    const take = (bytes: Buffer) => {
      file.bytes = Buffer.concat([file.bytes, bytes])
      return bytes.length
    }
    const write = (bytes: Buffer, at: number) => {
      const rest = bytes.subarray(at)
      if (world.nowMs < this.#fullUntilMs) throw this.#failure('ENOSPC')
      if (world.strikes('disk_full')) {
        this.#fullUntilMs = world.nowMs + world.upTo(3_000)
        this.hasFailed = true
        // It takes a part, and the rest of it fails.
        return take(rest.subarray(0, 1 + world.upTo(rest.length - 2)))
      }
      if (world.strikes('disk_write_error')) throw this.#failure('EIO')
      return take(rest)
    }
    return {
      write: (bytes, at) =>
        operate(
          'write',
          () => write(bytes, at),
          () => take(bytes.subarray(at, at + world.upTo(bytes.length - at))),
        ),
      sync: () =>
        operate('sync', () => {
          if (world.strikes('disk_sync_error')) throw this.#failure('EIO')
          if (!this.liesAboutSync) file.synced = file.bytes.length
        }),
      close: () => operate('close', () => {}),
    }
  }

  #failure(code: string): Error {
    this.hasFailed = true
    return diskError(code)
  }

  #find(path: string): SimFile {
    const file = this.#names.get(path)
    if (!file) throw diskError('ENOENT')
    return file
  }

  #rename(from: string, to: string): boolean {
    if (!this.#names.has(from)) return false
    this.#change((names) => {
      const file = names.get(from)
      names.delete(from)
      if (file) names.set(to, file)
    })
    return true
  }

  #change(change: (names: Names) => void): void {
    change(this.#names)
    this.#journal.push(change)
  }

  cutPower(): void {
    const world = this.#world
    for (const change of this.#journal.slice(0, world.upTo(this.#journal.length))) change(this.#durable)
    this.#journal = []
    this.#names = new Map(this.#durable)
    for (const file of this.#names.values()) {
      const kept = world.upTo(file.bytes.length - file.synced)
      file.bytes = Buffer.from(file.bytes.subarray(0, file.synced + kept))
      if (kept > 0 && world.strikes('torn_bytes')) file.bytes.fill(world.upTo(255), file.synced + world.upTo(kept - 1))
      file.synced = file.bytes.length
    }
  }

  /** Would the call's own record be there after a power cut at this moment? */
  isSafe(callId: string): boolean {
    return [...this.#durable.values()].some(({ bytes, synced }) => {
      const safe = bytes.subarray(0, synced)
      return [...framesOf(safe)].some(({ offset, length }) => {
        const text = safe.toString('utf8', offset, offset + length)
        return !text.startsWith('{"note":true') && text.includes(`"call_id":"${callId}"`)
      })
    })
  }
}

function diskError(code: string): Error {
  return Object.assign(new Error(`${code}: simulated`), { code })
}
