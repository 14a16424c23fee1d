import { statfs } from 'node:fs/promises'
import { LedgerUnavailableError } from '../shared/errors.ts'
import type { Log } from '../shared/log.ts'
import type { Spool } from './spool.ts'

/** A record has about 1.5 KB. This is room for one with the longest texts and many attempts. */
const recordBytes = 32 * 1024
/** While the database is away a call writes two: what it is presumed to cost, and how it ended. */
const bytesPerCall = 2 * recordBytes
/** Left to whoever shares the disk, above all to a PostgreSQL that is to come up again. */
const freeFloorBytes = 64 * 1024 * 1024
const lookEveryMs = 1_000

/**
 * Whether the disk has room for the records of more calls. It says no while there still is enough for all that are under way: a call
 * that was served and cannot be recorded is lost money.
 */
export class SpoolRoom {
  readonly #spool: Spool
  readonly #dir: string
  readonly #maxBytes: number
  readonly #log: Log
  /** Free bytes of the filesystem, and what the spool had written by then. Undefined where the system does not tell. */
  #seen: { free: number; written: number } | undefined
  #isHalfFull = false
  #isRefusing = false
  #timer: NodeJS.Timeout | undefined
  #looking = false

  private constructor(options: { spool: Spool; dir: string; maxBytes: number; log: Log }) {
    this.#spool = options.spool
    this.#dir = options.dir
    this.#maxBytes = options.maxBytes
    this.#log = options.log
  }

  static async open(options: { spool: Spool; dir: string; maxBytes: number; log: Log }): Promise<SpoolRoom> {
    const room = new SpoolRoom(options)
    await room.#look()
    room.#timer = setInterval(() => void room.#look(), lookEveryMs)
    room.#timer.unref()
    return room
  }

  /** Throws LedgerUnavailableError where there is no room for one call more than `callsUnderWay`. */
  ensure(callsUnderWay: number): void {
    const reason = this.#shortage(callsUnderWay)
    if (reason === undefined) return
    if (!this.#isRefusing) this.#log.error(`[Ledger] ${reason}: new calls are refused until there is room`)
    this.#isRefusing = true
    throw new LedgerUnavailableError(
      'This gateway has no room on its disk for the records of more calls, so it accepts none until there is. Try again shortly.',
      { retryAfterMs: 5_000, details: { reason: 'no_room' } },
    )
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #shortage(callsUnderWay: number): string | undefined {
    const { bytes, written } = this.#spool
    const free = this.#seen && this.#seen.free - (written - this.#seen.written)
    return findShortage({ bytes, maxBytes: this.#maxBytes, free }, callsUnderWay)
  }

  /** Beside the calls, which only compare numbers: asking a disk that is in trouble can take long. */
  async #look(): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    try {
      const { written } = this.#spool
      this.#seen = { free: await freeBytes(this.#dir), written }
    } catch {
      this.#seen = undefined
    }
    this.#looking = false
    this.#tell()
  }

  #tell(): void {
    const { bytes, depth } = this.#spool
    const isHalfFull = bytes > this.#maxBytes / 2
    if (isHalfFull && !this.#isHalfFull) {
      const size = `${inMegabytes(bytes)} of ${inMegabytes(this.#maxBytes)}`
      this.#log.warn(`[Ledger] the spool is half full (${size}, ${depth} records): at its limit new calls are refused`)
    }
    this.#isHalfFull = isHalfFull
    if (this.#isRefusing && this.#shortage(0) === undefined) {
      this.#isRefusing = false
      this.#log.info('[Ledger] there is room for records again: new calls are accepted')
    }
  }
}

export async function freeBytes(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir)
  return bavail * bsize
}

/** Why there is no room for one call more than `callsUnderWay`. `free`: of the disk; undefined where it does not tell. */
export function findShortage(
  room: { bytes: number; maxBytes: number; free: number | undefined },
  callsUnderWay: number,
): string | undefined {
  const { bytes, maxBytes, free } = room
  const needed = (callsUnderWay + 1) * bytesPerCall
  if (bytes + needed > maxBytes) return `the spool has ${inMegabytes(bytes)} of its ${inMegabytes(maxBytes)} (CATRACA_SPOOL_MAX_MB)`
  if (free !== undefined && free - needed < freeFloorBytes) return `the disk of the spool has only ${inMegabytes(free)} left`
  return undefined
}

function inMegabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`
}
