import { vi } from 'vitest'

// What a test waits for comes at once on an idle machine, and vitest gives up on it after a second, which a busy one can take. There is a
// setting for `expect.poll` (vitest.config.ts) and none for `vi.waitFor`. Files share a process: it is said once.
const patienceMs = 15_000
const waitFor = vi.waitFor
if (waitFor.name !== 'waitPatiently') {
  vi.waitFor = function waitPatiently(callback, options = {}) {
    return waitFor(callback, typeof options === 'number' ? options : { timeout: patienceMs, ...options })
  }
}
