import { beforeEach, expect, test, vi } from 'vitest'
import { startStopwatch } from '../../tests/_support/stopwatch.ts'
import { ConfigurationError, LedgerUnavailableError } from './errors.ts'
import { Outage, Remembered } from './remembered.ts'

let outage: Outage
const away = () => Promise.reject(new LedgerUnavailableError('away'))
const never = () => new Promise<string>(() => {})

beforeEach(() => {
  outage = new Outage()
})

test('is loaded once for all who ask at once, and again after forget', async () => {
  const load = vi.fn(async () => 'a')
  const value = new Remembered(load, outage)
  expect(await Promise.all([value.get(), value.get()])).toEqual(['a', 'a'])
  expect(await value.get()).toBe('a')
  expect(load).toHaveBeenCalledTimes(1)
  value.forget()
  load.mockResolvedValueOnce('b')
  expect(await value.get()).toBe('b')
  expect(load).toHaveBeenCalledTimes(2)
})

test('a look that began before forget does not count as fresh', async () => {
  let answer = (_: string) => {}
  const load = vi.fn(() => new Promise<string>((resolve) => (answer = resolve)))
  const value = new Remembered(load, outage)
  const first = value.get()
  const answerFirst = answer
  value.forget()
  const second = value.get()
  answer('new')
  answerFirst('old')
  expect(await first).toBe('old')
  expect(await second).toBe('new')
  expect(await value.get()).toBe('new')
})

test('a look that a change has overtaken still serves in an outage', async () => {
  let answer = (_: string) => {}
  const load = vi.fn(() => new Promise<string>((resolve) => (answer = resolve)))
  const value = new Remembered(load, outage)
  const first = value.get()
  value.forget()
  answer('old')
  await first
  load.mockImplementation(away)
  expect(await value.get()).toBe('old')
})

test('in an outage the last value serves, and the next look is tried after a rest', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
  try {
    const load = vi.fn(async () => 'a')
    const value = new Remembered(load, outage)
    await value.get()
    value.forget()
    load.mockImplementation(away)
    expect(await value.get()).toBe('a')
    expect(await value.get()).toBe('a')
    expect(load).toHaveBeenCalledTimes(2)
    vi.advanceTimersByTime(1_001)
    load.mockResolvedValue('b')
    expect(await value.get()).toBe('b')
    expect(value.isFresh).toBe(true)
  } finally {
    vi.useRealTimers()
  }
})

test('a database that says nothing costs the first look 200 ms and the others none', async () => {
  const values = ['a', 'b', 'c'].map((name) => {
    const load = vi.fn(async () => name)
    return { load, value: new Remembered(load, outage) }
  })
  for (const { value } of values) await value.get()
  for (const { load, value } of values) {
    value.forget()
    load.mockImplementation(never)
  }
  const elapsedMs = startStopwatch()
  for (const { value } of values) expect(['a', 'b', 'c']).toContain(await value.get())
  expect(elapsedMs()).toBeLessThan(600)
})

test('with nothing in memory an outage is told, and nothing is remembered of it', async () => {
  const load = vi.fn<() => Promise<string>>(away)
  const value = new Remembered(load, outage)
  await expect(value.get()).rejects.toThrow(LedgerUnavailableError)
  load.mockResolvedValue('a')
  expect(await value.get()).toBe('a')
})

test('what is wrong for another reason is told, whatever is in memory', async () => {
  const load = vi.fn(async () => 'a')
  const value = new Remembered(load, outage)
  await value.get()
  value.forget()
  load.mockRejectedValueOnce(new ConfigurationError('gateway_without_keys', 'no keys'))
  await expect(value.get()).rejects.toThrow('no keys')
  expect(await value.get()).toBe('a')
})
