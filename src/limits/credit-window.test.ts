import { expect, it } from 'vitest'
import { CreditWindow } from './credit-window.ts'

it('does not refuse a call because another one owes what it was counting on while the database was asked', async () => {
  const window = new CreditWindow({ scope: 'key', id: 'k', unit: 'tokens' }, 1_000)
  const first = window.wait(100)
  window.ask(0)
  window.granted({ granted: 160, left: 840, second: 0, reset_ms: 60_000, free_in_ms: 0 }, 0)
  expect(await first).toEqual({ amount: 100, second: 0 })
  // 60 credits are here, so 40 more are asked for a call that counts 100; meanwhile an earlier call turns out to have taken 50 more.
  const second = window.wait(100)
  const { want } = window.ask(10)
  window.owe(50)
  window.granted({ granted: want, left: 800, second: 0, reset_ms: 60_000, free_in_ms: 0 }, 10)
  expect(await second).toEqual({ amount: 100, second: 0 })
  const wish = window.ask(20)
  expect(wish.debt).toBe(50)
})
