import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { type AppendFile, type Disk, localDisk } from './disk.ts'

/** Of a record on disk: length and CRC-32 of the payload, both 32 bits, little-endian; then the payload. */
const headerBytes = 8
/** A segment is closed at this size, so that booked ones can be deleted while traffic goes on. */
const largestSegmentBytes = 8 * 1024 * 1024
/** Payloads kept in memory for the way to the database. What waits beyond that, in a long outage, is read back from its file. */
const payloadsInMemory = 5_000
const maxRecordBytes = 16 * 1024 * 1024
/** How a note begins, so that whoever takes the file over can tell it from a record. */
export const noteMark = '{"note":true,'

interface Segment {
  path: string
  /** Records in it that are not booked yet. */
  open: number
  /** Of the file. */
  bytes: number
  /** Segments that stay for as long as this one: see `forget`. */
  keeps?: Segment[]
}

/** A record on its way to the database. */
export interface SpoolEntry {
  segment: Segment
  /** Of the payload within the segment, in bytes. */
  offset: number
  length: number
  payload: string | undefined
  /** Since when this process has it, by `performance.now()`. */
  sinceMs: number
}

interface Append {
  text: string
  isNote: boolean
  done: (entry: SpoolEntry) => void
  failed: (error: unknown) => void
}

/** What a dead process left. */
interface Found {
  entry: SpoolEntry
  callId: string | undefined
  isNote: boolean
}

/**
 * The append-only file that a call's final record reaches before the call's last bytes go out. Appends that arrive during an fdatasync,
 * or in one turn of the event loop share one. Made for one process; what a dead process left in the same directory is adopted at start.
 */
export class Spool {
  readonly #disk: Disk
  readonly #dir: string
  readonly #name: string
  readonly #segmentBytes: number
  readonly #pending: SpoolEntry[] = []
  #sequence = 0
  #bytes = 0
  #written = 0
  #current: { segment: Segment; file: AppendFile } | undefined
  #appends: Append[] = []
  #writing: Promise<void> | undefined
  #inMemory = 0

  private constructor(disk: Disk, dir: string, name: string, segmentBytes: number) {
    this.#disk = disk
    this.#dir = dir
    this.#name = name
    this.#segmentBytes = segmentBytes
  }

  /** Opens the directory and takes over every record that a process which is gone left there. */
  static async open(dir: string, replica: string, segmentBytes = largestSegmentBytes, disk: Disk = localDisk): Promise<Spool> {
    await disk.makeDirectory(dir)
    const spool = new Spool(disk, dir, await disk.nameOwn(replica), Math.min(segmentBytes, largestSegmentBytes))
    const found: Found[] = []
    for (const file of (await disk.list(dir)).filter((name) => name.endsWith('.spool')).sort()) {
      if (!(await disk.isOwnerAlive(file))) found.push(...(await spool.#adopt(join(dir, file))))
    }
    await spool.#take(found)
    return spool
  }

  /** Records that are on disk and not yet booked. */
  get depth(): number {
    return this.#pending.length
  }

  /** How long the oldest of them has been here. */
  get ageMs(): number {
    const [oldest] = this.#pending
    return oldest ? performance.now() - oldest.sinceMs : 0
  }

  /** What its files take of the disk, booked records of segments that are not deleted yet included. */
  get bytes(): number {
    return this.#bytes
  }

  /** Bytes written since it was opened. */
  get written(): number {
    return this.#written
  }

  /** Resolves once the record is on the disk itself (fdatasync), not merely written. */
  append(text: string): Promise<SpoolEntry> {
    return this.#add(text, false)
  }

  /**
   * Puts on disk what is to be booked of a call if this process dies before the call's own record is there. `text` is a record, its
   * call's id in `call_id`. Nothing is booked of it while this process lives.
   */
  note(text: string): Promise<SpoolEntry> {
    return this.#add(noteMark + text.slice(1), true)
  }

  /**
   * The noted call's own record is on disk. Where that leaves no row (`instead` is its entry), it stays for as long as the note does:
   * whoever found the note alone would book it.
   */
  async forget({ segment }: SpoolEntry, instead?: SpoolEntry): Promise<void> {
    if (instead && instead.segment !== segment) {
      instead.segment.open += 1
      segment.keeps = [...(segment.keeps ?? []), instead.segment]
    }
    if (this.#wasLastOf(segment)) await this.#remove(segment)
  }

  /** The oldest records that are not booked, `most` at the most. They stay until `booked` is told of them. */
  async peek(most: number): Promise<{ entries: SpoolEntry[]; payloads: string[] }> {
    const entries = this.#pending.slice(0, most)
    const payloads: string[] = []
    for (const entry of entries) payloads.push(entry.payload ?? (await this.#readBack(entry)))
    return { entries, payloads }
  }

  /** The first `count` records are in the database. A segment with nothing left is deleted once it is closed. */
  async booked(count: number): Promise<void> {
    for (const entry of this.#pending.splice(0, count)) {
      if (entry.payload !== undefined) this.#inMemory -= 1
      if (this.#wasLastOf(entry.segment)) await this.#remove(entry.segment)
    }
  }

  /** Waits for writes under way; deletes the current segment when all of it is booked. */
  async close(): Promise<void> {
    while (this.#writing) await this.#writing
    await this.#closeCurrent()
  }

  #add(text: string, isNote: boolean): Promise<SpoolEntry> {
    return new Promise((done, failed) => {
      this.#appends.push({ text, isNote, done, failed })
      this.#writing ??= this.#writeLoop()
    })
  }

  async #writeLoop(): Promise<void> {
    while (this.#appends.length > 0) {
      await this.#disk.gather()
      const group = this.#appends
      this.#appends = []
      try {
        for (const [append, entry] of await this.#write(group)) {
          if (!append.isNote) this.#pending.push(entry)
          append.done(entry)
        }
      } catch (error) {
        // What did reach the disk of a failed group is replayed at the next start, which changes nothing if it was booked meanwhile.
        await this.#closeCurrent().catch(() => {})
        for (const append of group) append.failed(error)
      }
    }
    this.#writing = undefined
  }

  async #write(group: Append[]): Promise<[Append, SpoolEntry][]> {
    const current = await this.#openCurrent()
    const { bytes, lengths } = frame(group)
    await writeWhole(current.file, bytes, current.segment.bytes)
    await current.file.sync()
    return group.map((append, index) => {
      const { text, isNote } = append
      const length = lengths[index] ?? 0
      const keep = !isNote && this.#inMemory < payloadsInMemory
      if (keep) this.#inMemory += 1
      const offset = current.segment.bytes + headerBytes
      this.#grow(current.segment, headerBytes + length)
      current.segment.open += 1
      return [append, { segment: current.segment, offset, length, payload: keep ? text : undefined, sinceMs: performance.now() }]
    })
  }

  #grow(segment: Segment, bytes: number): void {
    segment.bytes += bytes
    this.#bytes += bytes
    this.#written += bytes
  }

  async #openCurrent() {
    if (this.#current && this.#current.segment.bytes < this.#segmentBytes) return this.#current
    await this.#closeCurrent()
    const path = this.#nextPath()
    const file = await this.#disk.create(path)
    this.#current = { segment: { path, open: 0, bytes: 0 }, file }
    await this.#disk.syncDirectory(this.#dir)
    return this.#current
  }

  /** From here on, whoever books the segment's last record deletes it. */
  async #closeCurrent(): Promise<void> {
    const current = this.#current
    if (!current) return
    this.#current = undefined
    const isDone = current.segment.open === 0
    await current.file.close()
    if (isDone) await this.#remove(current.segment)
  }

  async #adopt(path: string): Promise<Found[]> {
    // Taken by renaming it: of several processes that start at once, one gets it, and no other reads back from a file that is gone.
    const segment: Segment = { path: this.#nextPath(), open: 0, bytes: 0 }
    if (!(await this.#disk.rename(path, segment.path))) return []
    const bytes = await this.#disk.read(segment.path)
    segment.bytes = bytes.length
    this.#bytes += bytes.length
    // A process that was killed may have left what is written and not on the disk yet: a power cut would take it away again, and with it
    // the only word of a call whose note is given up for it.
    await this.#disk.syncFile(segment.path)
    const found: Found[] = []
    for (const { offset, length } of framesOf(bytes)) {
      const text = bytes.toString('utf8', offset, offset + length)
      found.push({
        entry: { segment, offset, length, payload: undefined, sinceMs: performance.now() },
        callId: /"call_id":"([^"]+)"/.exec(text)?.[1],
        isNote: text.startsWith(noteMark),
      })
      segment.open += 1
    }
    if (segment.open === 0) await this.#remove(segment)
    return found
  }

  /** A call whose own record is there needs no note any more. */
  async #take(found: readonly Found[]): Promise<void> {
    const recorded = new Map(found.filter(({ isNote }) => !isNote).map((record) => [record.callId, record.entry]))
    for (const { entry, callId, isNote } of found) {
      if (isNote && recorded.has(callId)) await this.forget(entry, recorded.get(callId))
      else this.#pending.push(entry)
    }
  }

  async #readBack({ segment, offset, length }: SpoolEntry): Promise<string> {
    return (await this.#disk.readPart(segment.path, offset, length)).toString()
  }

  /** One of its records is done with: can the segment go? */
  #wasLastOf(segment: Segment): boolean {
    segment.open -= 1
    return segment.open === 0 && segment !== this.#current?.segment
  }

  async #remove(segment: Segment): Promise<void> {
    await this.#disk.remove(segment.path)
    this.#bytes -= segment.bytes
    segment.bytes = 0
    for (const kept of segment.keeps ?? []) if (this.#wasLastOf(kept)) await this.#remove(kept)
  }

  #nextPath(): string {
    this.#sequence += 1
    return join(this.#dir, `${this.#name}-${String(this.#sequence).padStart(8, '0')}.spool`)
  }
}

/** Every whole record of a segment. A torn one is the last; one that the disk has damaged is left out. */
export function* framesOf(bytes: Buffer): Generator<{ offset: number; length: number }> {
  let at = 0
  while (at + headerBytes <= bytes.length) {
    const length = bytes.readUInt32LE(at)
    const offset = at + headerBytes
    if (length === 0 || length > maxRecordBytes || offset + length > bytes.length) return
    if (crc32(bytes.subarray(offset, offset + length)) === bytes.readUInt32LE(at + 4)) yield { offset, length }
    at = offset + length
  }
}

/** The records one after the other, and how long each payload is. */
function frame(group: readonly Append[]): { bytes: Buffer; lengths: number[] } {
  const lengths = group.map(({ text }) => Buffer.byteLength(text))
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + headerBytes + length, 0))
  let at = 0
  for (const { text } of group) {
    const from = at + headerBytes
    const to = from + bytes.write(text, from)
    bytes.writeUInt32LE(to - from, at)
    bytes.writeUInt32LE(crc32(bytes.subarray(from, to)), at + 4)
    at = to
  }
  return { bytes, lengths }
}

/** A disk that fills up takes a part and reports only how much. */
async function writeWhole(file: AppendFile, bytes: Buffer, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += await file.write(bytes, at, position + at)
}
