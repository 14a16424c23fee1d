/** Elements of Matroska that hold others, and those that are read: https://www.matroska.org/technical/elements.html */
const segment = 0x18538067
const cluster = 0x1f43b675
const containers: ReadonlySet<number> = new Set([segment, cluster, 0x1549a966, 0xa0])
const timestampScale = 0x2ad7b1
const clusterTimestamp = 0xe7
const blocks: ReadonlySet<number> = new Set([0xa3, 0xa1])
const nsPerMs = 1_000_000
/** A packet of Opus is no longer than this, and the last one's own length stands nowhere. */
const longestPacketMs = 120

/**
 * WebM and Matroska: by the time of the last block, since what browsers record says no length. Undefined for what is cut or is none.
 */
export function webmMs(file: Buffer): number | undefined {
  if (file.length < 16 || file.readUInt32BE(0) !== 0x1a45dfa3) return undefined
  let scale = nsPerMs
  let clusterAt = 0
  let last = -1
  for (let at = 0; at < file.length; ) {
    const id = readNumber(file, at, 4, false)
    const size = id && readNumber(file, at + id.bytes, 8, true)
    if (!id || !size) return undefined
    const dataAt = at + id.bytes + size.bytes
    if (containers.has(id.value)) {
      at = dataAt
      continue
    }
    if (size.value === undefined || dataAt + size.value > file.length) return undefined
    if ((id.value === timestampScale || id.value === clusterTimestamp) && size.value > 8) return undefined
    if (id.value === timestampScale) scale = readUnsigned(file, dataAt, size.value)
    else if (id.value === clusterTimestamp) clusterAt = readUnsigned(file, dataAt, size.value)
    else if (blocks.has(id.value)) {
      const track = readNumber(file, dataAt, 8, true)
      if (!track || track.bytes + 2 > size.value) return undefined
      last = Math.max(last, clusterAt + file.readInt16BE(dataAt + track.bytes))
    }
    at = dataAt + size.value
  }
  return last < 0 ? undefined : (last * scale) / nsPerMs + longestPacketMs
}

/** EBML's numbers say their own length by their leading zeros. An id keeps its marker; a size of only ones is an unknown one. */
function readNumber(file: Buffer, at: number, most: number, isSize: true): { value: number | undefined; bytes: number } | undefined
function readNumber(file: Buffer, at: number, most: number, isSize: false): { value: number; bytes: number } | undefined
function readNumber(file: Buffer, at: number, most: number, isSize: boolean): { value: number | undefined; bytes: number } | undefined {
  if (at >= file.length) return undefined
  const first = file.readUInt8(at)
  const bytes = Math.clz32(first) - 23
  if (first === 0 || bytes > most || at + bytes > file.length) return undefined
  const marked = readUnsigned(file, at, bytes)
  if (!isSize) return { value: marked, bytes }
  const value = marked - 2 ** (7 * bytes)
  return { value: value >= 2 ** (7 * bytes) - 1 ? undefined : value, bytes }
}

function readUnsigned(file: Buffer, at: number, bytes: number): number {
  let value = 0
  for (let offset = 0; offset < bytes; offset++) value = value * 256 + file.readUInt8(at + offset)
  return value
}
