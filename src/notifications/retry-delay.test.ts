import { expect, it } from 'vitest'
import { retryDelayMs } from './retry-delay.ts'

it('pauses longer and longer, and gives up after three days', () => {
  const pauses: number[] = []
  for (let failures = 1; ; failures += 1) {
    const pause = retryDelayMs(failures)
    if (pause === undefined) break
    pauses.push(pause / 1_000)
  }
  expect(pauses).toEqual([5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200, 43_200, 43_200, 43_200, 43_200])
  const seconds = pauses.reduce((sum, pause) => sum + pause, 0)
  expect(seconds).toBeGreaterThanOrEqual(3 * 86_400)
  expect(seconds).toBeLessThan(3.5 * 86_400)
})
