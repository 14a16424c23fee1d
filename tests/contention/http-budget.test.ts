import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openaiChat } from '../../src/dialects/index.ts'
import { expectBooksInOrder } from '../_support/audit.ts'
import { type CallerView, callGateway, newAgent } from '../_support/call-gateway.ts'
import { type Fleet, openFleet } from '../_support/gateway-fleet.ts'
import { findUnbalanced, readBudget, readRows } from '../_support/ledger.ts'
import { reportFigure } from '../_support/report-figure.ts'
import { watchHardBudgets } from '../_support/watch-budgets.ts'

// R1 through HTTP: every call uses exactly what its hold covers, so that a budget for 100 calls pays for 100 and not for one more.
const calls = 2_000
const concurrency = 200
const affordable = 100
const outputTokens = 30

const body = (id: string, stream: boolean) => ({
  model: 'openai/gpt-4o-mini',
  messages: [{ role: 'user', content: `[[call ${id}]] Conte até dez.` }],
  max_tokens: outputTokens,
  stream,
})
const idOf = (n: number) => `r1-${String(n).padStart(4, '0')}`

let fleet: Fleet
let urls: string[]

beforeAll(async () => {
  fleet = await openFleet()
  urls = await Promise.all(Array.from({ length: 4 }, async () => (await fleet.start(await fleet.newDataDir())).url))
})
afterAll(async () => {
  await expectBooksInOrder(fleet.database)
  await fleet.close()
})

test('2,000 calls, 200 at a time, through 4 processes, on a budget for 100: exactly 100 are admitted', async () => {
  const inputTokens = openaiChat.parse(Buffer.from(JSON.stringify(body(idOf(0), true)))).inputTokensBound
  fleet.emulator.inject({ delayMs: 20, usage: { inputTokens, outputTokens } })
  const limit = affordable * (inputTokens + outputTokens)
  const client = await fleet.addClient({ type: 'tokens', limit, period: 'monthly' })
  const [budget = ''] = client.budgets
  const agent = newAgent()
  const watch = watchHardBudgets(fleet.database)
  const beganMs = performance.now()
  const outcomes = new Map<string, number>()
  let busy = 0
  let next = 0

  async function callUntilSaid(n: number): Promise<CallerView> {
    for (let attempt = 0; ; attempt += 1) {
      const url = urls[(n + attempt) % urls.length] ?? ''
      const view = await callGateway({ url, key: client.key, body: body(idOf(n), n % 2 === 0), agent })
      // Neither is a last word: somebody else holds what is left, or the database did not answer in time.
      if (![429, 503].includes(view.status ?? 0) || attempt === 100) return view
      busy += 1
      await delay(100)
    }
  }
  async function caller(): Promise<void> {
    while (next < calls) {
      const view = await callUntilSaid(next++)
      const outcome = view.status === 200 ? `200 ${view.complete ? 'complete' : 'cut'}` : `${view.status} ${view.errorCode}`
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, caller))
  const tookMs = performance.now() - beganMs

  await expect.poll(() => readBudget(fleet.database, budget)).toEqual({ used: limit, reserved: 0 })
  const { polls, above } = await watch.stop()
  agent.destroy()
  const counted = JSON.stringify(Object.fromEntries(outcomes))
  reportFigure(
    'R1',
    undefined,
    `over HTTP: ${calls} calls in ${Math.round(tookMs)} ms, ${counted}, ${busy} busy, ${above.length} of ${polls} polls over`,
  )

  expect(Object.fromEntries(outcomes)).toEqual({ '200 complete': affordable, '402 budget_exceeded': calls - affordable })
  expect(fleet.emulator.counts().accepted).toBe(affordable)
  expect(above).toEqual([])
  const rows = await readRows(fleet.database)
  expect(rows.length).toBe(affordable)
  expect(new Set(rows.map(({ status, flags, total_tokens }) => `${status} ${flags} ${total_tokens}`))).toEqual(
    new Set([`ok  ${inputTokens + outputTokens}`]),
  )
  expect(await findUnbalanced(fleet.database)).toEqual([])
})
