import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'vitest'
import { startStopwatch } from './stopwatch.ts'

/** What is changed by plain SQL is in force a second after it was committed; `check` asks until it no longer throws. */
export async function within1s(check: () => Promise<unknown>): Promise<void> {
  const beganMs = performance.now()
  const elapsedMs = startStopwatch()
  for (;;) {
    const askedMs = elapsedMs()
    try {
      await check()
      expect(askedMs).toBeLessThan(1_000)
      return
    } catch (error) {
      if (performance.now() - beganMs > 15_000 || askedMs > 1_000) throw error
    }
    await delay(10)
  }
}
