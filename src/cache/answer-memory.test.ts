import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { nanoUsd } from '../shared/money.ts'
import { AnswerMemory } from './answer-memory.ts'
import type { CachedAnswer } from './cached-answer.ts'

const megabyte = 1024 * 1024
const times = { storedAtMs: 0, expiresAtMs: 1_000 }

function answerOf(body: Buffer): CachedAnswer {
  return { via: 'direct', finishReason: 'stop', costUsd: nanoUsd(1_234n), body }
}

function takenBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  // What the first round finds is swept by the second.
  for (let round = 0; round < 3; round += 1) collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** `npm run test:long` has the bar's own figure. */
const keys = process.env.CATRACA_TEST_LONG === '1' ? 1_000_000 : 100_000

test('R22: a flood of keys stays within the bytes, by count and in the process', () => {
  const maxBytes = 16 * megabyte
  const memory = new AnswerMemory(maxBytes)
  const before = takenBytes()
  const pool = Buffer.alloc(4_000, 'x')
  let most = 0
  for (let key = 0; key < keys; key += 1) {
    const id = String(key).padStart(32, 'k')
    memory.put(id, { answer: answerOf(pool.subarray(0, (key * 7) % 1_000)), ...times })
    if (memory.bytes > most) most = memory.bytes
  }
  const taken = takenBytes() - before
  console.log(`${keys} keys: ${memory.size} stay, ${memory.bytes} bytes counted (${most} at most), ${taken} bytes taken, of ${maxBytes}`)
  expect(most).toBeLessThanOrEqual(maxBytes)
  expect(taken).toBeLessThan(maxBytes)
  expect(memory.size).toBeGreaterThan(5_000)
})

test('what is used stays, what is not makes room, and what alone is too large leaves nothing', () => {
  const memory = new AnswerMemory(16 * 1_200)
  const body = Buffer.alloc(300)
  memory.put('used', { answer: answerOf(body), ...times })
  memory.put('unused', { answer: answerOf(body), ...times })
  for (let key = 0; key < 100; key += 1) {
    memory.put(`key ${key}`, { answer: answerOf(body), ...times })
    expect(memory.get('used')).toBeDefined()
    expect(memory.bytes).toBeLessThanOrEqual(16 * 1_200)
  }
  expect(memory.get('unused')).toBeUndefined()
  expect(memory.get('key 99')).toBeDefined()
  const { size } = memory
  memory.put('used', { answer: answerOf(Buffer.alloc(10_000)), ...times })
  expect([memory.get('used'), memory.size]).toEqual([undefined, size - 1])
})

test('what has expired goes', () => {
  const memory = new AnswerMemory(megabyte)
  memory.put('old', { answer: answerOf(Buffer.alloc(9)), storedAtMs: 0, expiresAtMs: 10 })
  memory.put('new', { answer: answerOf(Buffer.alloc(9)), storedAtMs: 0, expiresAtMs: 11 })
  memory.deleteExpired(10)
  expect([memory.get('old'), memory.get('new')?.expiresAtMs]).toEqual([undefined, 11])
})
