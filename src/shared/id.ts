import { randomFillSync } from 'node:crypto'

const pool = Buffer.alloc(10 * 256)
let used = pool.length

/** A UUIDv7: sorts by time, so that index pages of the ledger fill in order. `timeMs` is milliseconds since 1970. */
export function newId(timeMs: number = Date.now()): string {
  if (used >= pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const random = pool.toString('hex', used, used + 10)
  used += 10
  const time = timeMs.toString(16).padStart(12, '0')
  const variant = ((Number.parseInt(random.slice(3, 4), 16) & 0x3) | 0x8).toString(16)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(7, 19)}`
}

/**
 * Is this text the form that PostgreSQL writes an id in? What is none is nobody's id, and is not asked for: compared as text instead, an
 * id would be looked for in every row.
 */
export function isUuid(text: string): boolean {
  return /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text)
}
