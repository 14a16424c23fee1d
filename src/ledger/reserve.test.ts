import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { addBudget, addClient, count, facts, findUnbalanced, readBudget, recordOf, requestOf } from '../../tests/_support/ledger.ts'
import { startStopwatch } from '../../tests/_support/stopwatch.ts'
import { openDatabase } from '../database/index.ts'
import { BudgetExceededError, LedgerUnavailableError } from '../shared/errors.ts'
import { newId } from '../shared/id.ts'
import { silentLog } from '../shared/log.ts'
import { type Admission, type Ledger, openLedger } from './index.ts'
import { reserveCalls } from './sql/reserve.ts'
import { toBounds, toJson } from './to-row.ts'

let db: TestDatabase
let ledger: Ledger

beforeAll(async () => {
  db = await createTestDatabase()
  ledger = await openLedger({ database: db.database, replica: 'r1', log: silentLog, spoolDir: undefined, expireEveryMs: 3_600_000 })
})

afterEach(async () => {
  expect(await findUnbalanced(db.database)).toEqual([])
})

afterAll(async () => {
  await ledger.close()
  await db.drop()
})

async function clientWith(...budgets: Parameters<typeof addBudget>[2][]): Promise<{ client: string; budgets: string[] }> {
  const client = await addClient(db.database)
  const ids: string[] = []
  for (const budget of budgets) ids.push(await addBudget(db.database, client, budget))
  return { client, budgets: ids }
}

async function spend(client: string, tokens: number): Promise<void> {
  const admission = await ledger.reserve(requestOf(client, { outputTokens: tokens }))
  await ledger.settle(recordOf(client, admission, tokens))
}

describe('one hard budget', () => {
  test('a hold is the bound of the input plus that of the output', async () => {
    const { client, budgets } = await clientWith({ limit: 100 })
    const admission = await ledger.reserve(requestOf(client, { fixed: 30n, outputTokens: 20 }))
    expect(admission).toMatchObject({ outputTokens: 20, isHard: true })
    expect(admission.admittedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(await readBudget(db.database, budgets[0] ?? '')).toEqual({ used: 0, reserved: 50 })
    const [hold] = await db.database.query<{ amount: bigint; replica: string }>(
      'select amount, replica from budget_holds where call_id = $1',
      [admission.callId],
    )
    expect(hold).toEqual({ amount: 50n, replica: 'r1' })
  })

  test('the output shrinks to what the budget still affords', async () => {
    const { client } = await clientWith({ limit: 100 })
    expect(await ledger.reserve(requestOf(client, { fixed: 30n, outputTokens: 4096, minOutputTokens: 16 }))).toMatchObject({
      outputTokens: 70,
    })
  })

  test('it is refused only below the least useful output', async () => {
    const { client, budgets } = await clientWith({ limit: 100 })
    await spend(client, 60)
    // 40 are left: 24 of input and 16 of output just fit.
    const refused = ledger.reserve(requestOf(client, { fixed: 25n, outputTokens: 4096, minOutputTokens: 16 }))
    await expect(refused).rejects.toMatchObject({
      code: 'budget_exceeded',
      httpStatus: 402,
      details: {
        budget: {
          id: budgets[0],
          type: 'tokens',
          period: 'daily',
          limit: 100,
          used: 60,
          reserved: 0,
          remaining: 40,
          time_zone: 'America/Sao_Paulo',
        },
      },
    })
    await expect(ledger.reserve(requestOf(client, { fixed: 24n, outputTokens: 4096, minOutputTokens: 16 }))).resolves.toMatchObject({
      outputTokens: 16,
    })
  })

  test('a caller who wants less than the least useful output gets it', async () => {
    const { client } = await clientWith({ limit: 100 })
    await spend(client, 95)
    expect(await ledger.reserve(requestOf(client, { outputTokens: 5, minOutputTokens: 16 }))).toMatchObject({ outputTokens: 5 })
  })

  test('a paused budget refuses, soft ones as well', async () => {
    const { client, budgets } = await clientWith({ hard: false })
    await db.database.query('update client_budgets set is_paused = true where id = $1', [budgets[0]])
    await expect(ledger.reserve(requestOf(client))).rejects.toMatchObject({ code: 'client_paused', httpStatus: 402 })
  })

  test('when it resets is the midnight of the client', async () => {
    const { client } = await clientWith({ limit: 1 })
    const error = await ledger.reserve(requestOf(client, { fixed: 5n })).catch((reason: unknown) => reason)
    const details = (error as BudgetExceededError).details as { budget: { resets_at: string } }
    expect(details.budget.resets_at).toMatch(/T03:00:00Z$/)
    expect(Date.parse(details.budget.resets_at) - Date.now()).toBeGreaterThan(0)
    expect(Date.parse(details.budget.resets_at) - Date.now()).toBeLessThanOrEqual(86_400_000)
  })
})

describe('exhausted is not busy', () => {
  test('what would fit but for other holds waits, then is 429 with a hint when to retry', async () => {
    const { client } = await clientWith({ limit: 100 })
    await ledger.reserve(requestOf(client, { outputTokens: 100 }))
    const began = performance.now()
    const elapsedMs = startStopwatch()
    const error = await ledger.reserve(requestOf(client, { outputTokens: 50, patienceMs: 300 })).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'budget_busy', httpStatus: 429, retryable: true, retryAfterMs: 1_000 })
    expect(performance.now() - began).toBeGreaterThanOrEqual(295)
    expect(elapsedMs()).toBeLessThan(1_000)
  })

  test('it is admitted as soon as a hold is freed', async () => {
    const { client } = await clientWith({ limit: 100 })
    const first = await ledger.reserve(requestOf(client, { outputTokens: 100 }))
    const second = ledger.reserve(requestOf(client, { outputTokens: 50, patienceMs: 5_000 }))
    await ledger.settle(recordOf(client, first, 10))
    expect(await second).toMatchObject({ outputTokens: 50 })
  })

  test('it is 402 when the settlement leaves too little', async () => {
    const { client } = await clientWith({ limit: 100 })
    const first = await ledger.reserve(requestOf(client, { outputTokens: 100 }))
    const second = ledger.reserve(requestOf(client, { outputTokens: 50, minOutputTokens: 50, patienceMs: 5_000 }))
    const refused = expect(second).rejects.toBeInstanceOf(BudgetExceededError)
    await ledger.settle(recordOf(client, first, 99))
    await refused
  })

  test('at the end of its patience it takes a smaller output rather than nothing', async () => {
    const { client } = await clientWith({ limit: 100 })
    await ledger.reserve(requestOf(client, { outputTokens: 70 }))
    expect(await ledger.reserve(requestOf(client, { outputTokens: 100, minOutputTokens: 16, patienceMs: 100 }))).toMatchObject({
      outputTokens: 30,
    })
  })

  test('waiting calls are admitted in arrival order, and a later small one does not overtake', async () => {
    const { client } = await clientWith({ limit: 100 })
    const first = await ledger.reserve(requestOf(client, { outputTokens: 95 }))
    const order: string[] = []
    const wait = async (name: string, outputTokens: number): Promise<Admission> => {
      const admission = await ledger.reserve(requestOf(client, { outputTokens, minOutputTokens: outputTokens, patienceMs: 5_000 }))
      order.push(name)
      return admission
    }
    const big = wait('big', 60)
    await delay(20)
    // It would fit beside the first call, but it came later.
    const small = wait('small', 5)
    await delay(150)
    expect(order).toEqual([])
    await ledger.settle(recordOf(client, first, 0))
    await Promise.all([big, small])
    expect(order).toEqual(['big', 'small'])
  })

  test('a crowd that waits for one budget ends in time and does not keep another client waiting', async () => {
    const { client } = await clientWith({ limit: 100 })
    const other = await clientWith({ limit: 100 })
    await ledger.reserve(requestOf(client, { outputTokens: 100 }))
    const held = await ledger.reserve(requestOf(other.client, { outputTokens: 100 }))
    const elapsedMs = startStopwatch()
    const patient = ledger.reserve(requestOf(other.client, { outputTokens: 50, patienceMs: 3_000 })).then(() => elapsedMs())
    await delay(20)
    const beganMs = elapsedMs()
    // A statement is under way when the crowd comes, so that its first fifty go into one group.
    const somebody = ledger.reserve(requestOf(newId()))
    const crowd = Array.from({ length: 400 }, () =>
      ledger.reserve(requestOf(client, { patienceMs: 1_200 })).then(
        () => 'admitted',
        (error: LedgerUnavailableError) => error.code,
      ),
    )
    await delay(150)
    await ledger.settle(recordOf(other.client, held, 10))
    const freedMs = elapsedMs()
    expect((await patient) - freedMs).toBeLessThan(600)
    // On a machine that is busy enough the database does not answer in time.
    const told = (await Promise.all(crowd)).filter((code) => code !== 'ledger_unavailable')
    expect(new Set(told)).toEqual(new Set(['budget_busy']))
    // Its 400 calls do not queue for their refusals, fifty at each retry.
    expect(elapsedMs() - beganMs).toBeLessThan(1_200 + 700)
    await somebody
  })
})

describe('several budgets', () => {
  test('all or nothing: one that is spent leaves no hold in the others', async () => {
    const { client, budgets } = await clientWith(
      { limit: 1000 },
      { type: 'brl', limit: '0.00000001', period: 'monthly' },
      { type: 'usd', limit: 5 },
    )
    const refused = ledger.reserve(requestOf(client, { fixed: 5n, outputTokens: 100, minOutputTokens: 16 }))
    await expect(refused).rejects.toMatchObject({ code: 'budget_exceeded', details: { budget: { id: budgets[1], type: 'brl' } } })
    for (const id of budgets) expect(await readBudget(db.database, id)).toEqual({ used: 0, reserved: 0 })
  })

  test('the tightest decides the output and each holds its own amount', async () => {
    const { client, budgets } = await clientWith({ limit: 1000 }, { type: 'brl', limit: '0.000000500' }, { type: 'usd', limit: 5 })
    const admission = await ledger.reserve(
      requestOf(client, {
        outputTokens: 900,
        bounds: {
          tokens: { fixed: 10n, perMillionOutput: 1_000_000n },
          // 3.3 nano-reais a token: 500 pay 10 of input and 148 tokens (488.4, rounded up to 489).
          brl: { fixed: 10n, perMillionOutput: 3_300_000n },
          usd: { fixed: 2n, perMillionOutput: 600_000n },
        },
      }),
    )
    expect(admission.outputTokens).toBe(148)
    expect(await readBudget(db.database, budgets[0] ?? '')).toMatchObject({ reserved: 158 })
    expect(await readBudget(db.database, budgets[1] ?? '')).toMatchObject({ reserved: 499 })
    expect(await readBudget(db.database, budgets[2] ?? '')).toMatchObject({ reserved: 2 + 89 })
  })

  test('a busy one leaves no hold in the others', async () => {
    const { client, budgets } = await clientWith({ limit: 1000 }, { limit: 100, period: 'monthly' })
    await ledger.reserve(requestOf(client, { outputTokens: 100 }))
    await expect(ledger.reserve(requestOf(client, { outputTokens: 100 }))).rejects.toMatchObject({ code: 'budget_busy' })
    for (const id of budgets) expect(await readBudget(db.database, id)).toEqual({ used: 0, reserved: 100 })
  })

  test('a soft budget never refuses and may pass its limit', async () => {
    const { client, budgets } = await clientWith({ limit: 10, hard: false })
    await spend(client, 500)
    const admission = await ledger.reserve(requestOf(client, { outputTokens: 4096 }))
    expect(admission).toMatchObject({ outputTokens: 4096, isHard: false })
    expect(await readBudget(db.database, budgets[0] ?? '')).toEqual({ used: 500, reserved: 4096 })
    const [row] = await db.database.query<{ usage_percentage: string }>('select usage_percentage from client_budgets where id = $1', [
      budgets[0],
    ])
    expect(row?.usage_percentage).toBe('5000.00')
  })

  test('without a price a hard money budget refuses, a soft one lets it pass', async () => {
    const bounds = { tokens: { fixed: 1n, perMillionOutput: 1_000_000n }, usd: undefined, brl: undefined }
    const hard = await clientWith({ type: 'brl', limit: 5 })
    await expect(ledger.reserve(requestOf(hard.client, { bounds }))).rejects.toMatchObject({ code: 'no_exchange_rate', httpStatus: 503 })
    const soft = await clientWith({ type: 'brl', limit: 5, hard: false })
    await expect(ledger.reserve(requestOf(soft.client, { bounds }))).resolves.toMatchObject({ isHard: false })
    expect(await readBudget(db.database, soft.budgets[0] ?? '')).toEqual({ used: 0, reserved: 0 })
  })

  test('a client without a budget is admitted, with a row that a crash cannot lose', async () => {
    const client = await addClient(db.database)
    const admission = await ledger.reserve(requestOf(client, { outputTokens: 77 }))
    expect(admission).toMatchObject({ outputTokens: 77, isHard: false })
    const rows = await db.database.query('select client_id, replica, output_tokens from call_admissions where call_id = $1', [
      admission.callId,
    ])
    expect(rows).toEqual([{ client_id: client, replica: 'r1', output_tokens: 77n }])
  })

  test('calls of several clients in one group do not touch each other', async () => {
    const clients = await Promise.all([{ limit: 30 }, { limit: 1000 }, { limit: 5, hard: false }].map((budget) => clientWith(budget)))
    const without = await addClient(db.database)
    const requests = Array.from({ length: 48 }, (_, index) =>
      requestOf([...clients.map((entry) => entry.client), without][index % 4] ?? ''),
    )
    const results = await Promise.allSettled(requests.map((request) => ledger.reserve(request)))
    const admitted = (client: string) =>
      results.filter((result, index) => requests[index]?.clientId === client && result.status === 'fulfilled').length
    expect(clients.map((entry) => admitted(entry.client))).toEqual([3, 12, 12])
    expect(admitted(without)).toBe(12)
    expect(await Promise.all(clients.map((entry) => readBudget(db.database, entry.budgets[0] ?? '')))).toEqual([
      { used: 0, reserved: 30 },
      { used: 0, reserved: 120 },
      { used: 0, reserved: 120 },
    ])
  })
})

describe('what must not take others with it', () => {
  test('a call that the database cannot take fails alone', async () => {
    const { client } = await clientWith({ limit: 1000 })
    const twice = newId()
    await ledger.reserve(requestOf(client, { callId: twice }))
    const requests = Array.from({ length: 20 }, (_, index) => requestOf(client, index === 7 ? { callId: twice } : {}))
    const results = await Promise.allSettled(requests.map((request) => ledger.reserve(request)))
    expect(results.map((result) => result.status === 'fulfilled').filter((ok) => !ok)).toHaveLength(1)
    expect(results[7]).toMatchObject({ status: 'rejected' })
    expect(await count(db.database, `call_admissions where call_id = '${twice}'`)).toBe(1)
  })

  test('text that PostgreSQL cannot store is cleaned, not refused', async () => {
    const client = await addClient(db.database)
    const admission = await ledger.reserve(requestOf(client, { facts: { ...facts, phone: '55\u000011\ud83d', modelName: 'm' } }))
    const rows = await db.database.query(`select estimate ->> 'phone' as phone from call_admissions where call_id = $1`, [admission.callId])
    expect(rows).toEqual([{ phone: '5511\ufffd' }])
  })

  test.concurrent('a locked row or a silent database is 503 within 2 s, and no hold stays behind', async () => {
    const { client, budgets } = await clientWith({ limit: 1000 })
    await spend(client, 1)
    const began = performance.now()
    const elapsedMs = startStopwatch()
    const requests = Array.from({ length: 5 }, () => requestOf(client))
    await db.database.transaction(async (tx) => {
      await tx.query('select 1 from budget_periods where budget_id = $1 for update', [budgets[0]])
      const results = await Promise.allSettled(requests.map((request) => ledger.reserve(request)))
      expect(elapsedMs()).toBeLessThan(2_000)
      for (const result of results) expect((result as PromiseRejectedResult).reason).toBeInstanceOf(LedgerUnavailableError)
      // Were their connections cut, the server would end the statements by itself, before their holds are freed.
      const call = { call_id: newId(), client_id: client, output: 1, min_output: 1, bounds: toBounds(requestOf(client).bounds) }
      await expect(reserveCalls(db.database, toJson([call]), 'r1')).rejects.toMatchObject({ code: '55P03' })
      // Longer than any statement of theirs may wait.
      await delay(Math.max(0, 3_500 - (performance.now() - began)))
    })
    await delay(700)
    // Tests at the same time have no `expect.poll` but their own.
    await vi.waitFor(async () => expect(await readBudget(db.database, budgets[0] ?? '')).toEqual({ used: 1, reserved: 0 }))
    for (const request of requests) expect(await count(db.database, `call_admissions where call_id = '${request.callId}'`)).toBe(0)
  })

  test.concurrent('a reply that is lost after the calls were admitted: 503, and their holds are freed (R8)', async () => {
    const { client, budgets } = await clientWith({ limit: 1000 })
    const lossy = {
      ...db.database,
      async query<R extends object>(sql: string, params?: readonly unknown[]): Promise<R[]> {
        const rows = await db.database.query<R>(sql, params)
        if (sql.includes('ledger_reserve')) throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
        return rows
      },
    }
    const other = await openLedger({ database: lossy, replica: 'r3', log: silentLog, spoolDir: undefined, expireEveryMs: 3_600_000 })
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => other.reserve(requestOf(client))))
    for (const result of results) expect((result as PromiseRejectedResult).reason).toBeInstanceOf(LedgerUnavailableError)
    expect(await readBudget(db.database, budgets[0] ?? '')).toEqual({ used: 0, reserved: 50 })
    // A process that ends does not wait for it.
    await other.close()
    expect(await readBudget(db.database, budgets[0] ?? '')).toEqual({ used: 0, reserved: 0 })
  })

  test.concurrent('without a database it is 503 within 2 s, and nothing is left unhandled later', async () => {
    const nowhere = openDatabase({ url: 'postgres://nobody@127.0.0.1:9/none' })
    const lost = await openLedger({ database: nowhere, replica: 'r2', log: silentLog, spoolDir: undefined, expireEveryMs: 3_600_000 })
    const elapsedMs = startStopwatch()
    await expect(lost.reserve(requestOf(newId()))).rejects.toMatchObject({
      code: 'ledger_unavailable',
      httpStatus: 503,
      retryAfterMs: 1_000,
    })
    expect(elapsedMs()).toBeLessThan(2_000)
    // The hold that may have been made is freed later; that fails as well, quietly (Vitest fails the run on an unhandled rejection).
    await delay(3_200)
    await lost.close()
    await nowhere.close()
  })
})
