import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import type { CachedRequest } from './cache-key.ts'
import { openRoom, turnVector } from './room.ts'

const request: CachedRequest = {
  clientId: 'c',
  keyId: 'k',
  epoch: 0,
  kind: 'POST /v1',
  model: 'openai/gpt-4o-mini',
  body: { messages: [] },
}
const measure = { model: 'openai/text-embedding-3-small', dimensions: 1536 }
const secret = Buffer.alloc(32, 7)

test('a room is of one client, key, epoch, endpoint, model, body, measure and secret', () => {
  const rooms = [
    openRoom(secret, request, measure),
    openRoom(secret, { ...request, clientId: 'd' }, measure),
    openRoom(secret, { ...request, keyId: undefined }, measure),
    openRoom(secret, { ...request, epoch: 1 }, measure),
    openRoom(secret, { ...request, kind: 'POST /v2' }, measure),
    openRoom(secret, { ...request, model: 'openai/gpt-4o' }, measure),
    openRoom(secret, { ...request, body: { messages: [], seed: 1 } }, measure),
    openRoom(secret, request, { ...measure, model: 'openai/text-embedding-3-large' }),
    openRoom(secret, request, { ...measure, dimensions: 512 }),
    openRoom(Buffer.alloc(32, 8), request, measure),
  ].map((room) => room?.roomHash.toString('hex'))
  expect(new Set(rooms).size).toBe(rooms.length)
  expect(openRoom(secret, { ...request }, measure)?.roomHash.toString('hex')).toBe(rooms[0])
})

test('turned vectors keep their angles within a room, and nothing else', () => {
  const key = randomBytes(32)
  const [a, b] = [1, 2].map(() => Array.from({ length: 1536 }, () => Math.random() - 0.5)) as [number[], number[]]
  const [a2, b2] = [turnVector(a, key), turnVector(b, key)]
  expect(cosine(a2, b2)).toBeCloseTo(cosine(a, b), 10)
  expect(Math.abs(cosine(a, a2))).toBeLessThan(0.2)
  expect(Math.abs(cosine(turnVector(a, randomBytes(32)), a2))).toBeLessThan(0.2)
  expect(turnVector(a, key)).toEqual(a2)
  expect(turnVector([5], key).map(Math.abs)).toEqual([5])
})

function cosine(a: readonly number[], b: readonly number[]): number {
  const product = a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0)
  return product / Math.hypot(...a) / Math.hypot(...b)
}
