import { expect, test } from 'vitest'
import { type GatewayError, UpstreamBrokenError, UpstreamRejectedError, UpstreamUnavailableError } from '../shared/errors.ts'
import { Retries } from './retries.ts'

const minuteMs = 60_000
const refused = (error: GatewayError, httpStatus: number | undefined = 503) => ({ error, httpStatus, reached: httpStatus !== undefined })
const overloaded = (retryAfterMs?: number) =>
  refused(new UpstreamUnavailableError('upstream_overloaded', 'x', retryAfterMs === undefined ? {} : { retryAfterMs }))

function rich(options: { most?: number; random?: () => number } = {}): Retries {
  const retries = new Retries({ most: 5, random: () => 0.5, ...options })
  for (let i = 0; i < 100; i += 1) retries.earn()
  return retries
}

test('a refusal that cost nothing is tried again after a pause that grows', () => {
  const retries = rich()
  expect([0, 1, 2, 3, 4, 5].map((made) => retries.take(overloaded(), made, minuteMs))).toEqual([250, 500, 1000, 2000, 2000, undefined])
  expect(rich().take(refused(new UpstreamUnavailableError('upstream_rate_limited', 'x'), 429), 0, minuteMs)).toBe(250)
})

test('a connection that was never made is tried again, whatever may have been billed is not', () => {
  const take = (outcome: Parameters<Retries['take']>[0]) => rich().take(outcome, 0, minuteMs)
  const unreachable = new UpstreamUnavailableError('upstream_unreachable', 'x')
  expect(take({ error: unreachable, httpStatus: undefined, reached: false })).toBe(250)
  expect(take({ error: unreachable, httpStatus: undefined, reached: true })).toBeUndefined()
  expect(take({ ...overloaded(), httpStatus: 200 })).toBeUndefined()
  expect(take(refused(new UpstreamUnavailableError('upstream_timeout', 'x'), 504))).toBeUndefined()
  expect(take(refused(new UpstreamBrokenError('stream_cut', 'x')))).toBeUndefined()
  expect(take(refused(new UpstreamRejectedError('upstream_auth', 'x'), 401))).toBeUndefined()
  expect(take({ error: undefined, httpStatus: 200, reached: true })).toBeUndefined()
})

test('a provider’s retry-after is kept to, or passed on where it is too long', () => {
  expect(rich().take(overloaded(2_000), 0, minuteMs)).toBe(2_250)
  expect(rich().take(overloaded(3_001), 0, minuteMs)).toBeUndefined()
})

test('a pause that would outlast the call is not begun', () => {
  expect(rich().take(overloaded(), 0, 250)).toBeUndefined()
  expect(rich().take(overloaded(), 0, 251)).toBe(250)
})

test('retries are at most a fifth of the calls, and a calm hour saves up for twenty', () => {
  const retries = new Retries({ most: 1 })
  let made = 0
  for (let calls = 1; calls <= 1_000; calls += 1) {
    retries.earn()
    if (retries.take(overloaded(), 0, minuteMs) !== undefined) made += 1
    expect(made).toBeLessThanOrEqual(calls / 5)
  }
  expect(made).toBe(200)
  for (let calls = 0; calls < 10_000; calls += 1) retries.earn()
  const burst = Array.from({ length: 100 }, () => retries.take(overloaded(), 0, minuteMs)).filter((delay) => delay !== undefined)
  expect(burst).toHaveLength(20)
})
