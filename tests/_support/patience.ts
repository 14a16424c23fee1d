import { setTimeout as delay } from 'node:timers/promises'
import { beforeEach, expect, vi } from 'vitest'

// What a test waits for comes at once on an idle machine, and on a busy one it takes seconds: vitest gives up after one, and a test that says
// a time of its own may not have thought of that. So nobody gives up sooner than this. A time that is promised is measured and compared.
// Files share a process: it is said once.
const patienceMs = 40_000
const { waitFor, waitUntil } = vi
const { poll } = expect
const patient = <Options extends { timeout?: number }>(options: number | Options = {} as Options): Options =>
  typeof options === 'number'
    ? ({ timeout: Math.max(options, patienceMs) } as Options)
    : { ...options, timeout: Math.max(options.timeout ?? 0, patienceMs) }

if (waitFor.name !== 'waitPatiently') {
  vi.waitFor = function waitPatiently(callback, options) {
    return waitFor(callback, patient(options))
  }
  vi.waitUntil = (callback, options) => waitUntil(callback, patient(options))
  expect.poll = ((callback, options) => poll(callback, patient(options))) as typeof poll
}

// The budgets, sums and pages of most tests are those of one day, which ends for their clients at three in UTC, São Paulo's midnight: no
// file and no test begins so shortly before that it would still run then. Tests of the midnight itself say what time it is.
const dayMs = 86_400_000
const midnightMs = 3 * 3_600_000
async function passMidnight(withinMs: number): Promise<void> {
  const leftMs = dayMs - ((Date.now() - midnightMs) % dayMs)
  if (leftMs <= withinMs) await delay(leftMs)
}

await passMidnight(60_000)
beforeEach(() => passMidnight(20_000))
