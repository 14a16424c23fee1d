import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { StreamPings } from './stream-pings.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A response of which only what is written matters. */
function startPings(ping?: Buffer) {
  const written: string[] = []
  const state = { writableNeedDrain: false, write: (bytes: Buffer) => written.push(bytes.toString()) }
  const response = Object.assign(new EventEmitter(), state)
  return { response, written, pings: new StreamPings(response as unknown as ServerResponse, ping) }
}

test('a stream is kept open from its headers on, whenever it is silent for fifteen seconds', () => {
  const { pings, written } = startPings(Buffer.from('event: ping\n\n'))
  vi.advanceTimersByTime(60_000)
  expect(written).toEqual([])
  pings.start()
  vi.advanceTimersByTime(14_000)
  pings.wrote()
  vi.advanceTimersByTime(14_900)
  expect(written).toEqual([])
  vi.advanceTimersByTime(200)
  expect(written).toEqual(['event: ping\n\n'])
  vi.advanceTimersByTime(30_000)
  expect(written).toHaveLength(3)
  pings.stop()
  vi.advanceTimersByTime(60_000)
  expect(written).toHaveLength(3)
})

test('nothing is put between two pieces of sound', () => {
  const { pings, written } = startPings(Buffer.alloc(0))
  pings.start()
  vi.advanceTimersByTime(60_000)
  expect(written).toEqual([])
})

test('the other dialects get a comment, and nobody gets one who does not read or has left', () => {
  const { pings, response, written } = startPings()
  pings.start()
  response.writableNeedDrain = true
  vi.advanceTimersByTime(40_000)
  expect(written).toEqual([])
  response.writableNeedDrain = false
  vi.advanceTimersByTime(15_000)
  expect(written).toEqual([': ping\n\n'])
  response.emit('close')
  vi.advanceTimersByTime(60_000)
  expect(written).toHaveLength(1)
})
