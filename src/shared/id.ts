import { randomFillSync } from 'node:crypto'

const randomBytes = 10
const pool = Buffer.alloc(randomBytes * 256)
let used = pool.length

const hexDigits = Buffer.from('0123456789abcdef')
const bytes = Buffer.alloc(16)
const text = Buffer.from('00000000-0000-0000-0000-000000000000')
/** Where each byte's two digits are in the text. */
const places = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34]

/**
 * A UUIDv7: sorts by time, so that index pages of the ledger fill in order. `timeMs` is milliseconds since 1970. It is written as bytes and
 * not put together from strings: V8 would keep the pieces, and serialise every record with such an id by the slower of its two ways.
 */
export function newId(timeMs: number = Date.now()): string {
  if (used >= pool.length) {
    randomFillSync(pool)
    used = 0
  }
  bytes.writeUIntBE(timeMs, 0, 6)
  pool.copy(bytes, 6, used, used + randomBytes)
  used += randomBytes
  bytes[6] = 0x70 | ((bytes[6] as number) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f)
  for (const [index, place] of places.entries()) {
    const byte = bytes[index] as number
    text[place] = hexDigits[byte >> 4] as number
    text[place + 1] = hexDigits[byte & 0x0f] as number
  }
  return text.toString('latin1')
}

/**
 * Is this text the form that PostgreSQL writes an id in? What is none is nobody's id, and is not asked for: compared as text instead, an
 * id would be looked for in every row.
 */
export function isUuid(text: string): boolean {
  return /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text)
}
