import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../src/database/index.ts'
import { type Ledger, openLedger } from '../../src/ledger/index.ts'
import { LedgerUnavailableError } from '../../src/shared/errors.ts'
import { silentLog } from '../../src/shared/log.ts'
import { expectBooksInOrder } from '../_support/audit.ts'
import { createTestDatabase, type TestDatabase } from '../_support/database.ts'
import { type DatabaseLink, openDatabaseLink } from '../_support/database-link.ts'
import {
  addBudget,
  addClient,
  count,
  expireLateHolds,
  findUnbalanced,
  readBudget,
  recordOf,
  requestOf,
  seededRandom,
} from '../_support/ledger.ts'
import { isLong, reportFigure, testSeed as seed } from '../_support/report-figure.ts'

// R8: the database did what it was told and the reply is lost, so that nobody knows. Replicas, as several gateways, on one database.
const lostReplies = isLong ? 1_000 : 60
const replicas = 6
const callersAReplica = 8
/** Often enough to be quick, seldom enough that work gets done. */
const lossRate = 0.4

const random = seededRandom(seed)

let db: TestDatabase
let link: DatabaseLink
let dir: string

beforeAll(async () => {
  db = await createTestDatabase()
  link = await openDatabaseLink(db.url)
  dir = await mkdtemp(join(tmpdir(), 'catraca-lost-'))
})
afterAll(async () => {
  await expectBooksInOrder(db.database)
  await link.close()
  await db.drop()
  await rm(dir, { recursive: true, force: true })
})

interface Client {
  id: string
  isHard: boolean
  budgets: string[]
  /** What its calls took, by our own count. */
  spent: number
}

async function addClients(): Promise<Client[]> {
  return await Promise.all(
    [true, true, false, false].map(async (isHard) => {
      const id = await addClient(db.database)
      const budgets = [
        await addBudget(db.database, id, { limit: 10_000_000, hard: isHard }),
        await addBudget(db.database, id, { type: 'usd', limit: 5, period: 'monthly', hard: isHard }),
      ]
      return { id, isHard, budgets, spent: 0 }
    }),
  )
}

test(`R8: ${lostReplies} lost replies each of reserve and settle`, { timeout: isLong ? 900_000 : 180_000 }, async () => {
  const clients = await addClients()
  const lost = { 'select ledger_reserve': 0, 'select ledger_settle': 0 }
  link.loseReplies((statement) => {
    const which = statement as keyof typeof lost
    if (!(which in lost) || lost[which] >= lostReplies || random() >= lossRate) return false
    lost[which] += 1
    return true
  })
  const served = new Set<string>()
  let refused = 0
  const isDone = () => Object.values(lost).every((times) => times >= lostReplies)

  /** As the pipeline does it: a client with a hard budget is refused, any other goes on without an admission. */
  async function call(ledger: Ledger, client: Client): Promise<void> {
    const request = requestOf(client.id, { outputTokens: 20, patienceMs: 2_000 })
    const { callId } = request
    const tokens = Math.floor(random() * 21)
    try {
      const admission = await ledger.reserve(request)
      served.add(callId)
      client.spent += tokens
      await ledger.settle(recordOf(client.id, admission, tokens))
    } catch (error) {
      if (!(error instanceof LedgerUnavailableError)) throw error
      if (client.isHard) {
        refused += 1
        return
      }
      const own = { callId, admittedAt: new Date().toISOString() }
      await ledger.goOn(recordOf(client.id, own, 20, { unadmitted: true, status: 'orphaned' }))
      served.add(callId)
      client.spent += tokens
      await ledger.settle(recordOf(client.id, own, tokens, { unadmitted: true }))
    }
  }

  await Promise.all(
    Array.from({ length: replicas }, async (_, n) => {
      const database = openDatabase({ url: link.url, maxConnections: 6, applicationName: `replica-${n}` })
      const spoolDir = join(dir, `spool-${n}`)
      const ledger = await openLedger({ database, replica: `r${n}`, log: silentLog, spoolDir, expireEveryMs: 3_600_000 })
      await Promise.all(
        Array.from({ length: callersAReplica }, async () => {
          while (!isDone()) {
            await call(ledger, clients[Math.floor(random() * clients.length)] ?? expect.unreachable())
            await delay(random() * 20)
          }
        }),
      )
      await expect.poll(() => ledger.depth, { timeout: 20_000 }).toBe(0)
      await ledger.close()
      await database.close()
    }),
  )

  await expireLateHolds(
    db.database,
    clients.filter(({ isHard }) => !isHard),
  )
  await expectOnlyWhatWasServed(served, clients)
  reportFigure(
    'R8',
    seed,
    `${lost['select ledger_reserve']} replies of reserve and ${lost['select ledger_settle']} of settle lost: ${served.size} calls served, ` +
      `${served.size} rows, ${refused} refused, 0 duplicates, 0 double charges, 0 holds`,
  )
})

/** One row a served call and none else, each counter our own sum, and nothing held. */
async function expectOnlyWhatWasServed(served: Set<string>, clients: Client[]): Promise<void> {
  const rows = await db.database.query<{ call_id: string }>('select call_id from gateway_usage_logs')
  expect(rows).toHaveLength(served.size)
  expect(new Set(rows.map((row) => row.call_id))).toEqual(served)
  for (const client of clients) {
    for (const budget of client.budgets) expect(await readBudget(db.database, budget)).toEqual({ used: client.spent, reserved: 0 })
  }
  for (const table of ['call_admissions', 'budget_holds', 'budget_adjustments', 'usage_dead_letters']) {
    expect(await count(db.database, table), table).toBe(0)
  }
  expect(await findUnbalanced(db.database)).toEqual([])
}
