import { expect, vi } from 'vitest'
import { startStopwatch } from './stopwatch.ts'

/**
 * That something takes less than so many milliseconds, in one of several tries: what a busy machine withheld from other processes and from
 * threads that had a part in it is not known, and what really takes longer does so in each of them.
 */
export async function expectWithin<T>(limitMs: number, act: () => Promise<T>): Promise<T> {
  return await vi.waitFor(async () => {
    const elapsedMs = startStopwatch()
    const result = await act()
    expect(elapsedMs()).toBeLessThan(limitMs)
    return result
  })
}
