import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'vitest'
import { openaiChat } from '../../../src/dialects/index.ts'
import { expectBooksInOrder } from '../../_support/audit.ts'
import { callGateway, newAgent } from '../../_support/call-gateway.ts'
import type { Fleet } from '../../_support/gateway-fleet.ts'
import { count, findUnbalanced, seededRandom, setLedgerTime } from '../../_support/ledger.ts'
import { judge, type SentCall, type Verdict } from '../../_support/oracle.ts'
import { watchHardBudgets } from '../../_support/watch-budgets.ts'

type Client = Awaited<ReturnType<Fleet['addClient']>> & { calls: number }

export interface Load {
  sent: SentCall[]
  /** Calls whose callers have a whole answer, or a refusal of a budget. */
  done(): number
  /** Resolves when `more` calls are done than are now. */
  until(more: number): Promise<void>
  /**
   * Lets the calls under way end, then settles the books and compares them with what the emulator served. `busy` were refused in words
   * because the machine had no time for the ledger, which is no failure.
   */
  end(): Promise<{ failed: SentCall[]; verdict: Verdict; above: string[]; busy: number }>
}

/** Callers that go on calling: of a client with room, and of one whose hard budget comes to its end. */
export async function startLoad(fleet: Fleet, url: string, options: { callers: number; seed: number }): Promise<Load> {
  const random = seededRandom(options.seed)
  const withRoom: Client = { ...(await fleet.addClient({ limit: 50_000_000 })), calls: 0 }
  const withLittle: Client = { ...(await fleet.addClient({ limit: 6_000 }, { type: 'brl', limit: 100, period: 'monthly' })), calls: 0 }
  const sent: SentCall[] = []
  const watch = watchHardBudgets(fleet.database)
  let isOn = true
  let done = 0
  const keepCalling = async () => {
    const agent = newAgent()
    while (isOn) {
      const client = random() < 0.25 ? withLittle : withRoom
      const { call, body } = makeCall(client, sent.length, random)
      sent.push(call)
      call.view = await callGateway({ url, key: client.key, body, agent, headers: { 'x-test-call': call.id } })
      if (!isFailed(call)) done += 1
      if (call.view.status !== 200) await delay(50)
    }
    agent.destroy()
  }
  const callers = Array.from({ length: options.callers }, keepCalling)
  return {
    sent,
    done: () => done,
    async until(more) {
      const wanted = done + more
      await expect.poll(() => done, { timeout: 60_000, interval: 20 }).toBeGreaterThanOrEqual(wanted)
    },
    async end() {
      isOn = false
      await Promise.all(callers)
      const { above } = await watch.stop()
      await settleBooks(fleet)
      const verdict = await judge(fleet.database, sent, fleet.emulator.served())
      return { failed: sent.filter(isFailed), verdict, above, busy: sent.filter(isBusy).length }
    },
  }
}

/** Holds of killed processes expire at once: the ledger's clock goes on to when they do. */
async function settleBooks({ database }: Fleet): Promise<void> {
  const left = () => count(database, 'call_admissions')
  await expect.poll(async () => (await database.query('select 1 from usage_dead_letters')).length).toBe(0)
  await setLedgerTime(database, new Date(Date.now() + 60 * 60_000).toISOString())
  await expect.poll(left, { timeout: 60_000, interval: 100 }).toBe(0)
  await setLedgerTime(database, undefined)
  expect(await count(database, 'budget_holds')).toBe(0)
  expect(await findUnbalanced(database)).toEqual([])
  await expectBooksInOrder(database)
}

function isFailed({ view }: SentCall): boolean {
  const isRefused = view?.status === 402 || view?.errorCode === 'budget_busy' || view?.errorCode === 'ledger_unavailable'
  return !(view?.complete && (view.status === 200 || isRefused))
}

function isBusy({ view }: SentCall): boolean {
  return view?.errorCode === 'ledger_unavailable'
}

/** Each call of a client has a prompt of a length of its own: see SentCall.inputBound. */
function makeCall(client: Client, number: number, random: () => number): { call: SentCall; body: object } {
  const id = `s${String(number).padStart(6, '0')}`
  const chunks = String(5 + Math.floor(random() * 15)).padStart(2, '0')
  client.calls += 1
  const content = `[[call ${id}]] [[emulate chunks=${chunks} gap=15 delay=${10 + Math.floor(random() * 80)}]] ${'x'.repeat(client.calls)}`
  const body = { model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content }], max_tokens: 30, stream: random() < 0.8 }
  const { inputTokensBound } = openaiChat.parse(Buffer.from(JSON.stringify(body)))
  return { call: { id, clientId: client.id, inputBound: inputTokensBound, view: undefined }, body }
}
