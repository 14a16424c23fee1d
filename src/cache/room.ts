import { createCipheriv, hkdfSync } from 'node:crypto'
import { type CachedRequest, hashRequest } from './cache-key.ts'

/** Where answers may be taken from by meaning: what was asked in the very same way but for the last message's text. */
export interface Room {
  /** What the database finds it by. */
  roomHash: Buffer
  sealingKey: Buffer
  turningKey: Buffer
}

/** Which embeddings model says what is near, and how long its vectors are: those of two models say nothing beside each other. */
export interface Measure {
  model: string
  dimensions: number
}

/**
 * Of a request whose last message's text was taken out. What is left of it is often easy to guess, so a secret that the database does not
 * have goes into the keys as well. Undefined for a request that is too long to be cached.
 */
export function openRoom(secret: Buffer, request: CachedRequest, { model, dimensions }: Measure): Room | undefined {
  const hash = hashRequest({ ...request, kind: JSON.stringify(['semantic', model, dimensions, request.kind]) })
  if (!hash) return undefined
  const derived = Buffer.from(hkdfSync('sha256', Buffer.concat([secret, hash]), request.clientId, 'catraca semantic cache', 96))
  return { roomHash: derived.subarray(0, 32), sealingKey: derived.subarray(32, 64), turningKey: derived.subarray(64) }
}

/**
 * The vector with its numbers in another order and some signs changed, in the same way for all of a room: the angles between them stay,
 * and what was said cannot be read off them by other people's models.
 */
export function turnVector(vector: readonly number[], turningKey: Buffer): number[] {
  const stream = createCipheriv('aes-256-ctr', turningKey, Buffer.alloc(16)).update(Buffer.alloc(4 * vector.length))
  const turned = [...vector]
  for (let at = turned.length - 1; at >= 0; at -= 1) {
    const drawn = stream.readUInt32LE(4 * at)
    const other = (drawn >>> 1) % (at + 1)
    const moved = turned[other] ?? 0
    turned[other] = turned[at] ?? 0
    turned[at] = drawn & 1 ? -moved : moved
  }
  return turned
}
