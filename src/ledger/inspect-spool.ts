import { randomBytes } from 'node:crypto'
import { access, constants, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Queryable } from '../database/index.ts'
import { errorCode } from '../shared/error-code.ts'
import { localDisk } from './disk.ts'
import { framesOf, noteMark } from './spool.ts'
import { findShortage, freeBytes } from './spool-room.ts'
import { countUnbookedCalls } from './sql/count-unbooked-calls.ts'

/** A record has about 1.5 KB: some 20,000 of them. */
const mostRead = 32 * 1024 * 1024
const idsAtOnce = 5_000

export interface SpoolState {
  /** Calls with a record in it and none in the database yet. */
  waiting: number
  /** There is more in it than was read. */
  isMore: boolean
  /** What its files take. */
  bytes: number
  /** Of its disk. Undefined where the disk does not tell. */
  free: number | undefined
  /** Why a gateway takes no calls for want of room. */
  shortage: string | undefined
  /** Why nothing can be written into it. */
  unwritable: string | undefined
}

/** Looks into the spool of a gateway, whether it runs or not, and changes nothing. Where there is none yet, at the place where it will be. */
export async function inspectSpool(dir: string, { maxBytes, database }: { maxBytes: number; database: Queryable }): Promise<SpoolState> {
  const place = await nearest(dir)
  const free = await freeBytes(place).catch(() => undefined)
  const unwritable = await findObstacle(place, place === dir)
  const found = place === dir && unwritable === undefined ? await readRecords(dir) : { callIds: [], bytes: 0, isMore: false }
  let waiting = 0
  for (let at = 0; at < found.callIds.length; at += idsAtOnce) {
    waiting += await countUnbookedCalls(database, found.callIds.slice(at, at + idsAtOnce))
  }
  const { bytes, isMore } = found
  return { waiting, isMore, bytes, free, shortage: findShortage({ bytes, maxBytes, free }, 0), unwritable }
}

/** A gateway makes what is missing of the path when it starts. */
async function nearest(dir: string): Promise<string> {
  try {
    await stat(dir)
    return dir
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' || dirname(dir) === dir) return dir
    return await nearest(dirname(dir))
  }
}

/** Writes into the spool as a gateway does, under a name that none takes for a segment; of other people's directories it only asks. */
async function findObstacle(dir: string, isSpool: boolean): Promise<string | undefined> {
  try {
    if (isSpool) await writeOnce(join(dir, `doctor-${process.pid}-${randomBytes(4).toString('hex')}.try`))
    else await access(dir, constants.W_OK)
    return undefined
  } catch (error) {
    return `${errorCode(error) || String(error)} in ${dir}`
  }
}

async function writeOnce(path: string): Promise<void> {
  const file = await localDisk.create(path)
  try {
    await file.write(Buffer.from('.'), 0, 0)
    await file.sync()
  } finally {
    await file.close()
    await localDisk.remove(path)
  }
}

/** The calls of which it has a record or a note, without those whose record only frees a hold. */
async function readRecords(dir: string): Promise<{ callIds: string[]; bytes: number; isMore: boolean }> {
  const last = new Map<string, boolean>()
  let bytes = 0
  let read = 0
  for (const name of (await localDisk.list(dir)).filter((file) => file.endsWith('.spool')).sort()) {
    const path = join(dir, name)
    // A segment may be booked and gone by now.
    const size = await stat(path).then(
      ({ size }) => size,
      () => 0,
    )
    bytes += size
    if (size === 0 || read + size > mostRead) continue
    read += size
    const content = await localDisk.read(path).catch(() => Buffer.alloc(0))
    for (const { offset, length } of framesOf(content)) {
      const text = content.toString('utf8', offset, offset + length)
      const [, callId] = /"call_id":"([^"]+)"/.exec(text) ?? []
      // A note never replaces the call's own record, whichever file is read first.
      const isNote = text.startsWith(noteMark)
      if (callId !== undefined && !(isNote && last.has(callId))) last.set(callId, /"void":true/.test(text))
    }
  }
  const callIds = [...last].flatMap(([callId, isVoid]) => (isVoid ? [] : [callId]))
  return { callIds, bytes, isMore: read < bytes }
}
