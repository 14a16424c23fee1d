import { afterAll, beforeAll, expect, test } from 'vitest'
import { openaiChat } from '../../src/dialects/index.ts'
import { expectBooksInOrder } from '../_support/audit.ts'
import { callGateway, newAgent } from '../_support/call-gateway.ts'
import { type Fleet, openFleet, spoolFiles } from '../_support/gateway-fleet.ts'
import { killSteps } from '../_support/kill-steps.ts'
import { count, findUnbalanced, seededRandom } from '../_support/ledger.ts'
import { judge, type SentCall } from '../_support/oracle.ts'
import { isLong, reportFigure, testSeed as seed } from '../_support/report-figure.ts'

// R15: kill -9 after each step of a call. Holds expire within seconds, so that the test sees the end of them.
const env = {
  CATRACA_TOTAL_TIMEOUT_MS: '4000',
  CATRACA_IDLE_TIMEOUT_MS: '4000',
  CATRACA_DRAIN_TIMEOUT_MS: '500',
  CATRACA_HOLD_MARGIN_MS: '200',
  CATRACA_EXPIRE_EVERY_MS: '200',
}
const random = seededRandom(seed)

let fleet: Fleet
beforeAll(async () => {
  fleet = await openFleet({ env })
})
afterAll(async () => {
  await expectBooksInOrder(fleet.database)
  await fleet.close()
})

const sent: SentCall[] = []

/** Each prompt has a length of its own: see SentCall.inputBound. */
function newCall(step: string, stream: boolean, clientId: string): { call: SentCall; body: object } {
  const id = `${step.replaceAll(' ', '-')}-${sent.length}`
  const content = `[[call ${id}]] [[emulate chunks=4 gap=8 delay=${10 + Math.floor(random() * 60)}]] `
  const body = {
    model: 'openai/gpt-4o-mini',
    messages: [{ role: 'user', content: content.padEnd(120 + 4 * sent.length, 'x') }],
    max_tokens: 100,
    stream,
  }
  const inputBound = openaiChat.parse(Buffer.from(JSON.stringify(body))).inputTokensBound
  const call: SentCall = { id, clientId, inputBound, view: undefined }
  sent.push(call)
  return { call, body }
}

/** The last two are seen from outside: the first byte, and the last frame. */
const steps = [...killSteps, 'first byte', 'last frame'] as const

/** Ten callers, until the process is killed at the n-th time that one of their calls comes to the step. */
async function callUntilKilled(step: (typeof steps)[number], client: { id: string; key: string }, dataDir: string): Promise<void> {
  const nth = 5 + Math.floor(random() * 20)
  const isInside = killSteps.some((inside) => inside === step)
  const gateway = await fleet.start(dataDir, isInside ? { CATRACA_TEST_KILL_AT: step, CATRACA_TEST_KILL_NTH: String(nth) } : {})
  let seen = 0
  const onStep = () => {
    seen += 1
    if (seen === nth) process.kill(gateway.pid, 'SIGKILL')
  }
  const outside = step === 'first byte' ? { onFirstByte: onStep } : step === 'last frame' ? { onComplete: onStep } : {}
  await Promise.all(
    Array.from({ length: 10 }, async (_, n) => {
      const agent = newAgent()
      while (gateway.isRunning()) {
        const { call, body } = newCall(step, n % 3 > 0, client.id)
        call.view = await callGateway({ url: gateway.url, key: client.key, body, agent, ...outside })
      }
      agent.destroy()
    }),
  )
  await gateway.kill()
}

test('R15: kill -9 after each step: who got the last frame has an exact row, and nothing is lost', { timeout: 600_000 }, async () => {
  const rounds = isLong ? 20 : 1
  const client = await fleet.addClient({ limit: 100_000_000 })
  const dataDir = await fleet.newDataDir()
  for (const step of steps) for (let round = 0; round < rounds; round += 1) await callUntilKilled(step, client, dataDir)
  const next = await fleet.start(dataDir)
  await expect.poll(() => count(fleet.database, 'call_admissions'), { timeout: 20_000, interval: 100 }).toBe(0)
  expect(await next.stop()).toBe(0)
  expect(await spoolFiles(dataDir)).toEqual([])
  const verdict = await judge(fleet.database, sent, fleet.emulator.served())
  const whole = sent.filter(({ view }) => view?.complete && view.status === 200).length
  expect(verdict.mismatches).toEqual([])
  expect(await count(fleet.database, 'budget_holds')).toBe(0)
  expect(await findUnbalanced(fleet.database)).toEqual([])
  const { served, exact, orphaned } = verdict
  expect(served).toBe(exact + orphaned)
  reportFigure(
    'R15',
    seed,
    `${rounds} kills at each of ${steps.length} steps: ${whole} whole answers, all exact; ${served} served, ${exact} exact, ${orphaned} orphaned, ` +
      'none below what was served',
  )
})
