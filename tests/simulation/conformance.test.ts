import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Queryable } from '../../src/database/index.ts'
import { createTestDatabase, type TestDatabase } from '../_support/database.ts'
import { addClientToBoth, onModel, onPostgres, readModel, readPostgres, simulatedClock } from './both-ledgers.ts'
import { count, showCounts } from './figures.ts'
import { openedRows } from './model/change-kind.ts'
import { keyOf, ModelState } from './model/state.ts'
import { RandomStatements, type Statement } from './random-statements.ts'

const isLong = process.env.CATRACA_TEST_LONG === '1'
const sequences = isLong ? 5_000 : 60
const statementsEach = 40
const only = process.env.CATRACA_SIM_SEED

let db: TestDatabase

beforeAll(async () => {
  db = await createTestDatabase()
  await db.database.query(simulatedClock)
})

afterAll(async () => {
  await db.drop()
})

test('PostgreSQL and the simulator’s model answer the same and come to the same books', { timeout: 3_600_000 }, async () => {
  const seen: Record<string, number> = {}
  const seeds = only === undefined ? Array.from({ length: sequences }, (_, seed) => seed) : [Number(only)]
  // Two at once: each sequence is a transaction of its own, which nobody else sees and which is rolled back.
  const left = seeds.values()
  await Promise.all(
    [1, 2].map(async () => {
      for (const seed of left) await compare(seed, seen)
    }),
  )
  console.log(`conformance: ${seeds.length} sequences; ${showCounts(seen)}`)
  if (only === undefined) for (const what of mustHappen) expect(seen[what] ?? 0, what).toBeGreaterThan(0)
})

/** A comparison that never comes to these has compared too little. */
const mustHappen = [
  'admitted',
  'exceeded',
  'paused',
  'busy',
  'unpriced',
  'reserve more covered',
  'reserve more refused',
  'adjusted',
  'alerts',
  'expired',
  'error 22P02',
  'error 23505',
  'delete',
  'over_hold',
  'hold_released',
  'raise',
  'alert refusal',
  'opening',
  'hold in a successor',
  'late truth in an opening',
  'limit passed or refused',
]

class RolledBack extends Error {}

async function compare(seed: number, seen: Record<string, number>): Promise<void> {
  const made = new RandomStatements(seed)
  const state = new ModelState()
  const run = async (tx: Queryable) => {
    for (const client of made.clients) await addClientToBoth(tx, state, client)
    let step = 0
    for (const statement of made.make(statementsEach)) {
      const where = `seed ${seed}, statement ${step}: ${JSON.stringify(statement, (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v))}`
      const expected = onModel(state, statement)
      const answered = await onPostgres(tx, statement, 'error' in expected)
      expect(answered, where).toEqual(expected)
      note(seen, statement, expected)
      step += 1
      if (step % 10 === 0) expect(await readPostgres(tx), where).toEqual(readModel(state))
    }
    expect(await readPostgres(tx), `seed ${seed}, at the end`).toEqual(readModel(state))
    for (const row of state.rowLog) for (const flag of row.flags) count(seen, flag)
    noteState(seen, state)
    throw new RolledBack()
  }
  await db.database.transaction(run).catch((error: unknown) => {
    if (!(error instanceof RolledBack)) throw error
  })
}

function note(seen: Record<string, number>, statement: Statement, answered: ReturnType<typeof onModel>): void {
  count(seen, statement.kind)
  if ('error' in answered) {
    count(seen, `error ${answered.error}`)
    return
  }
  const { result } = answered
  if (statement.kind === 'reserve') for (const { outcome } of result as { outcome: string }[]) count(seen, outcome)
  if (statement.kind === 'reserve more') count(seen, `reserve more ${result === undefined ? 'refused' : 'covered'}`)
  if (statement.kind === 'expire') count(seen, 'expired', result as number)
  if (statement.kind === 'settle') for (const [what, n] of Object.entries(result as Record<string, number>)) count(seen, what, n)
}

/** What only the books tell: did changes of kind meet calls at all? */
function noteState(seen: Record<string, number>, state: ModelState): void {
  for (const { opening } of state.periods.values()) if (opening > 0n) count(seen, 'opening')
  for (const { threshold } of state.alerts) if (threshold === undefined) count(seen, 'limit passed or refused')
  for (const { row, budgetId } of openedRows(state)) {
    if (state.adjustments.some((there) => there.callId === row.callId && there.budgetId === budgetId))
      count(seen, 'late truth in an opening')
  }
  for (const [callId, holds] of state.holds) {
    const admission = state.admissions.get(callId)
    for (const hold of holds) {
      const isOpened = state.periods.get(keyOf(hold.budgetId, hold.startMs))?.openedUpto !== undefined
      if (admission && isOpened) count(seen, 'hold in a successor')
    }
  }
}
