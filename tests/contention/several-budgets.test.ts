import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectBooksInOrder } from '../_support/audit.ts'
import { createTestDatabase, type TestDatabase } from '../_support/database.ts'
import { addBudget, addClient, count, findUnbalanced, readBudget, readDeadlocks } from '../_support/ledger.ts'
import { isLong, reportFigure, testSeed as seed } from '../_support/report-figure.ts'
import { runReplicas } from './run-replicas.ts'

let db: TestDatabase
const callsAReplica = isLong ? 25_000 : 1_000
const tokensACall = 40

beforeAll(async () => {
  db = await createTestDatabase()
})

afterAll(async () => {
  await expectBooksInOrder(db.database)
  await db.drop()
})

/** Daily tokens, monthly reais and monthly dollars; one of them affords a third of the others. A token costs a nano of each. */
async function addClientWithTightest(tightest: 'tokens' | 'brl' | 'usd', tokens: number) {
  const id = await addClient(db.database)
  const limit = (type: string) => tokens * (type === tightest ? 1 : 3)
  const nano = (amount: number) => `0.${String(amount).padStart(9, '0')}`
  const budgets = [
    await addBudget(db.database, id, { type: 'tokens', period: 'daily', limit: limit('tokens') }),
    await addBudget(db.database, id, { type: 'brl', period: 'monthly', limit: nano(limit('brl')) }),
    await addBudget(db.database, id, { type: 'usd', period: 'monthly', limit: nano(limit('usd')) }),
  ]
  return { id, tightest, budgets, tokens }
}

test(
  `R4: ${4 * callsAReplica} calls of 24 clients with three budgets each hold all of them or none, without a deadlock`,
  async () => {
    const types = ['tokens', 'brl', 'usd'] as const
    // Together the clients can pay for two thirds of what is asked, so that in the end every one of them is at its tightest limit.
    const tokens = Math.floor(((4 * callsAReplica) / 24) * (tokensACall / 3))
    const clients = await Promise.all(Array.from({ length: 24 }, (_, index) => addClientWithTightest(types[index % 3] ?? 'tokens', tokens)))
    const began = performance.now()
    const { total, polls, badPolls } = await runReplicas(db.database, 4, {
      url: db.url,
      seed,
      calls: callsAReplica,
      concurrency: 50,
      clients: clients.map((client) => client.id),
      tokensACall,
      longestMs: 10,
      usage: 'varied',
    })
    const deadlocks = await readDeadlocks(db.database)
    reportFigure(
      'R4',
      seed,
      `${4 * callsAReplica} calls in ${((performance.now() - began) / 1_000).toFixed(1)} s, ${deadlocks} deadlocks (40P01), ` +
        `${badPolls.length} of ${polls} polls over, refused ${JSON.stringify(total.refused)}`,
    )
    expect(deadlocks).toBe(0)
    expect(badPolls).toEqual([])
    for (const client of clients) {
      const states = await Promise.all(client.budgets.map((budget) => readBudget(db.database, budget)))
      // All three moved by the same calls.
      for (const state of states) expect(state).toEqual({ used: total.settled[client.id], reserved: 0 })
      expect(total.settled[client.id]).toBeLessThanOrEqual(client.tokens)
    }
    // Only the tightest budget of a client ever refuses, and each kind had its turn.
    expect(Object.keys(total.refused).sort()).toEqual(types.map((type) => `budget_exceeded ${type}`).sort())
    const inAll = Object.values(total.admitted).reduce((sum, amount) => sum + amount, 0)
    expect(inAll + Object.values(total.refused).reduce((sum, amount) => sum + amount, 0)).toBe(4 * callsAReplica)
    expect(await count(db.database, 'gateway_usage_logs where jsonb_array_length(charges) <> 3')).toBe(0)
    expect(await count(db.database, 'budget_holds')).toBe(0)
    expect(await count(db.database, 'call_admissions')).toBe(0)
    expect(await findUnbalanced(db.database)).toEqual([])
  },
  isLong ? 600_000 : 180_000,
)
