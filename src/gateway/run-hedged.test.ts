import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from '../shared/clock.ts'
import { type Hedge, type Lane, runHedged } from './run-hedged.ts'

interface Made {
  name: string
  outcome: { finished: boolean }
  wasOvertaken: boolean
}

interface Fake {
  /** Undefined: it never says a word. */
  beginsAfterMs?: number
  endsAfterMs?: number
  finishes?: boolean
}

// Real time on a busy machine passes in leaps, over several of the moments below at once.
beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const began: string[] = []

/** Rejects where the signal ends it. */
function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) reject(signal.reason)
    setTimeout(resolve, ms)
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

/** An attempt that ends when it is let go. */
function fake(name: string, { beginsAfterMs, endsAfterMs = 60_000, finishes = true }: Fake): (lane: Lane) => Promise<Made> {
  return async (lane) => {
    const timer = beginsAfterMs === undefined ? undefined : setTimeout(() => lane.begin() && began.push(name), beginsAfterMs)
    let finished = finishes
    try {
      await delay(endsAfterMs, lane.signal)
    } catch {
      finished = false
    }
    clearTimeout(timer)
    return { name, outcome: { finished }, wasOvertaken: lane.wasOvertaken }
  }
}

function run(first: Fake, second: Fake, rest: Partial<Hedge<Made>> = {}) {
  began.length = 0
  const start = vi.fn(fake('second', second))
  const hold = vi.fn(async () => true)
  const made = runHedged(fake('first', first), { clock: systemClock, afterMs: 20, hold, start, ...rest })
  return { result: vi.advanceTimersByTimeAsync(200).then(() => made), start, hold }
}

const names = (made: readonly Made[]) => made.map(({ name, wasOvertaken }) => (wasOvertaken ? `${name} overtaken` : name))

test('who begins in time is asked alone, and nothing more is held', async () => {
  const { result, start, hold } = run({ beginsAfterMs: 1, endsAfterMs: 60 }, {})
  expect(names(await result)).toEqual(['first'])
  expect(start).not.toHaveBeenCalled()
  expect(hold).not.toHaveBeenCalled()
})

test('who fails in time is alone as well', async () => {
  const { result, start } = run({ endsAfterMs: 1, finishes: false }, {})
  expect(names(await result)).toEqual(['first'])
  expect(start).not.toHaveBeenCalled()
})

test('the second begins first: it is the answer, and the first is let go', async () => {
  const { result } = run({}, { beginsAfterMs: 5, endsAfterMs: 30 })
  expect(names(await result)).toEqual(['first overtaken', 'second'])
  expect(began).toEqual(['second'])
})

test('the first begins after all: the second is let go', async () => {
  const { result } = run({ beginsAfterMs: 60, endsAfterMs: 90 }, {})
  expect(names(await result)).toEqual(['second overtaken', 'first'])
  expect(began).toEqual(['first'])
})

test('an answer without a word is one', async () => {
  const { result } = run({}, { endsAfterMs: 5 })
  expect(names(await result)).toEqual(['first overtaken', 'second'])
})

test('one that fails leaves the other to answer', async () => {
  const { result } = run({ endsAfterMs: 30, finishes: false }, { beginsAfterMs: 40, endsAfterMs: 60 })
  expect(names(await result)).toEqual(['first', 'second'])
  const other = run({ beginsAfterMs: 60, endsAfterMs: 80 }, { endsAfterMs: 5, finishes: false })
  expect(names(await other.result)).toEqual(['second', 'first'])
})

test('both fail: in the order of their ends', async () => {
  const { result } = run({ endsAfterMs: 60, finishes: false }, { endsAfterMs: 5, finishes: false })
  expect(names(await result)).toEqual(['second', 'first'])
})

test('without money for both there is one', async () => {
  const { result, start } = run({ beginsAfterMs: 40, endsAfterMs: 50 }, {}, { hold: async () => false })
  expect(names(await result)).toEqual(['first'])
  expect(start).not.toHaveBeenCalled()
})

test('who begins while the money is being held stays alone', async () => {
  const hold = async () => {
    await delay(40)
    return true
  }
  const { result, start } = run({ beginsAfterMs: 30, endsAfterMs: 80 }, {}, { hold })
  expect(names(await result)).toEqual(['first'])
  expect(start).not.toHaveBeenCalled()
})
