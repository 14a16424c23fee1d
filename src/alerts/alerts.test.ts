import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { addBudget, addClient, memoryLog, recordOf, requestOf, setLedgerTime } from '../../tests/_support/ledger.ts'
import { type Database, openDatabase } from '../database/index.ts'
import { type CallRecord, type Ledger, openLedger } from '../ledger/index.ts'
import { newId } from '../shared/id.ts'
import { alertStaleRate, listAlerts } from './index.ts'

let db: TestDatabase
/** Another replica's. */
let other: Database
let ledgers: Ledger[]
const log = memoryLog()
const anHour = 3_600_000

beforeAll(async () => {
  db = await createTestDatabase()
  other = openDatabase({ url: db.url })
  const open = (database: Database, replica: string) => openLedger({ database, replica, log, spoolDir: undefined, expireEveryMs: anHour })
  ledgers = [await open(db.database, 'r1'), await open(other, 'r2')]
})
beforeEach(async () => {
  await db.database.query('truncate gateway_usage_logs, call_admissions, budget_holds, alerts, notification_deliveries')
})
afterEach(() => setLedgerTime(db.database, undefined))
afterAll(async () => {
  for (const ledger of ledgers) await ledger.close()
  await other.close()
  await db.drop()
})

function ledgerOf(index = 0): Ledger {
  return ledgers[index % ledgers.length] as Ledger
}

async function spend(client: string, tokens: number, options: { by?: number; record?: Partial<CallRecord> } = {}): Promise<void> {
  const ledger = ledgerOf(options.by)
  const admission = await ledger.reserve(requestOf(client, { outputTokens: 1, patienceMs: 5_000 }))
  await ledger.settle(recordOf(client, admission, tokens, options.record))
}

async function keys(): Promise<[kind: string, what: string | number, used: number][]> {
  const alerts = await listAlerts(db.database, { limit: 1_000 })
  return alerts
    .map((alert): [string, string | number, number] =>
      alert.kind === 'budget_threshold'
        ? [alert.kind, alert.threshold, Number(alert.used)]
        : alert.kind === 'budget_exceeded'
          ? [alert.kind, alert.details.reason, Number(alert.used)]
          : [alert.kind, alert.client?.id ?? '', 0],
    )
    .sort((a, b) => (a.join() < b.join() ? -1 : 1))
}

const thresholds = async () => (await keys()).flatMap(([kind, what]) => (kind === 'budget_threshold' ? [what] : []))

describe('a budget', () => {
  test('200 calls at once by two replicas: one alert a threshold and one for the limit, with the facts', async () => {
    const client = await addClient(db.database, { timeZone: 'America/Manaus' })
    const budget = await addBudget(db.database, client, { limit: 150, hard: false, period: 'monthly' })
    await Promise.all(Array.from({ length: 200 }, (_, by) => spend(client, 1, { by })))
    await Promise.all([0, 1].map((by) => spend(client, 1, { by })))
    const alerts = await listAlerts(db.database, { clientId: client, limit: 10 })
    expect(alerts.map((alert) => alert.kind).sort()).toEqual(['budget_exceeded', ...Array(3).fill('budget_threshold')])
    for (const alert of alerts) {
      const least = alert.kind === 'budget_threshold' ? (150 * alert.threshold) / 100 : 151
      expect(alert).toMatchObject({
        client: { id: client, locale: 'pt-BR' },
        budgetId: budget,
        limit: 150n,
        queuedAt: null,
        deliveredAt: null,
      })
      expect(alert).toMatchObject({
        details: { budget_type: 'tokens', budget_period: 'monthly', is_hard: false, time_zone: 'America/Manaus' },
      })
      if ('used' in alert) expect(Number(alert.used)).toBeGreaterThanOrEqual(least)
      if ('periodStart' in alert) expect(alert.details.period_end > alert.periodStart.toISOString()).toBe(true)
    }
    expect(await db.database.query('select threshold, "limit" from budget_alerts where budget_id = $1 order by 1', [budget])).toEqual(
      [80, 90, 100].map((threshold) => ({ threshold, limit: 150n })),
    )
  })

  test('at exactly its limit is not over it', async () => {
    const client = await addClient(db.database)
    await addBudget(db.database, client, { limit: 100, hard: true })
    await spend(client, 100)
    expect(await keys()).toEqual([
      ['budget_threshold', 100, 100],
      ['budget_threshold', 80, 100],
      ['budget_threshold', 90, 100],
    ])
  })

  test('thresholds that are off stay silent, and one that is switched on later tells with the next call', async () => {
    const client = await addClient(db.database)
    const budget = await addBudget(db.database, client, { limit: 100, hard: false, alerts: [false, true, false] })
    await spend(client, 100)
    expect(await thresholds()).toEqual([90])
    await db.database.query('update client_budgets set alert_threshold_80 = true where id = $1', [budget])
    expect(await thresholds()).toEqual([90])
    await spend(client, 1)
    expect(await thresholds()).toEqual([80, 90])
  })

  test('a new period alerts again', async () => {
    await setLedgerTime(db.database, '2026-11-22 12:00Z')
    const client = await addClient(db.database)
    await addBudget(db.database, client, { limit: 100, hard: false })
    await spend(client, 85)
    await setLedgerTime(db.database, '2026-11-23 12:00Z')
    await spend(client, 79)
    expect(await thresholds()).toEqual([80])
    await spend(client, 2)
    await spend(client, 2)
    expect(await thresholds()).toEqual([80, 80])
    const alerts = await listAlerts(db.database, { limit: 9 })
    expect(alerts.map((alert) => 'periodStart' in alert && alert.periodStart.toISOString()).sort()).toEqual([
      '2026-11-22T03:00:00.000Z',
      '2026-11-23T03:00:00.000Z',
    ])
  })

  test('a limit that is raised after an alert does not make the same threshold tell again, and the next one by the new limit', async () => {
    const client = await addClient(db.database)
    const budget = await addBudget(db.database, client, { limit: 100, hard: false })
    await spend(client, 85)
    await db.database.query('update client_budgets set budget_limit = 1000 where id = $1', [budget])
    await spend(client, 750)
    expect(await keys()).toEqual([['budget_threshold', 80, 85]])
    await spend(client, 100)
    expect(await keys()).toEqual([
      ['budget_threshold', 80, 85],
      ['budget_threshold', 90, 935],
    ])
  })

  test('a provider that bills more than the hold passes a hard limit: told once, also when calls are refused after that', async () => {
    const client = await addClient(db.database)
    await addBudget(db.database, client, { limit: 100, hard: true, alerts: [false, false, false] })
    await spend(client, 120)
    await expect(spend(client, 1)).rejects.toMatchObject({ code: 'budget_exceeded' })
    await Promise.all(ledgers.map((ledger) => ledger.release(newId())))
    expect(await keys()).toEqual([['budget_exceeded', 'used', 120]])
  })

  test('the first refusal of a hard budget is told once, however many there are and whoever refuses', async () => {
    const client = await addClient(db.database)
    await addBudget(db.database, client, { limit: 100, hard: true, alerts: [false, false, false] })
    await spend(client, 100)
    expect(await keys()).toEqual([])
    const refused = await Promise.allSettled(Array.from({ length: 60 }, (_, by) => spend(client, 1, { by })))
    expect(refused.every(({ status }) => status === 'rejected')).toBe(true)
    await vi.waitFor(async () => expect(await keys()).toEqual([['budget_exceeded', 'refused', 100]]))
    // A process that starts later remembers nothing.
    const late = await openLedger({ database: other, replica: 'r3', log, spoolDir: undefined, expireEveryMs: anHour })
    await expect(late.reserve(requestOf(client))).rejects.toMatchObject({ code: 'budget_exceeded' })
    await late.close()
    expect(await keys()).toEqual([['budget_exceeded', 'refused', 100]])
    const [alert] = await listAlerts(db.database, { limit: 1 })
    expect(alert).toMatchObject({ limit: 100n, details: { budget_type: 'tokens', is_hard: true } })
  })

  test('a busy or a paused budget is no alert', async () => {
    const client = await addClient(db.database)
    const budget = await addBudget(db.database, client, { limit: 100, hard: true })
    const held = await ledgerOf().reserve(requestOf(client, { outputTokens: 100 }))
    await expect(ledgerOf().reserve(requestOf(client, { outputTokens: 50, minOutputTokens: 50 }))).rejects.toMatchObject({
      code: 'budget_busy',
    })
    await ledgerOf().release(held.callId)
    await db.database.query('update client_budgets set is_paused = true where id = $1', [budget])
    await expect(ledgerOf().reserve(requestOf(client))).rejects.toMatchObject({ code: 'client_paused' })
    expect(await keys()).toEqual([])
  })
})

describe('rows', () => {
  const expire = (database: Database = db.database) => database.query('select ledger_expire(500)')
  const abandon = (client: string) => ledgerOf().reserve(requestOf(client, { ttlMs: -1_000 }))

  test('orphaned calls: one alert a client and hour, with how many there were', async () => {
    await setLedgerTime(db.database, '2026-11-22 12:10Z')
    const clients = [await addClient(db.database), await addClient(db.database)]
    for (const client of [...clients, clients[0] ?? '']) await abandon(client)
    await expire()
    // Later ones of the hour, told by whichever replica, are no news.
    for (const client of [...clients, clients[0] ?? '']) await abandon(client)
    await Promise.all([expire(), expire(other)])
    const alerts = await listAlerts(db.database, { limit: 9 })
    expect(alerts.map(({ kind, client, details }) => [kind, client?.id, details]).sort()).toEqual(
      [
        ['orphaned_calls', clients[0], { calls: 2, hour: '2026-11-22T12:00:00Z' }],
        ['orphaned_calls', clients[1], { calls: 1, hour: '2026-11-22T12:00:00Z' }],
      ].sort(),
    )
    await setLedgerTime(db.database, '2026-11-22 13:00Z')
    await abandon(clients[0] ?? '')
    await expire()
    expect(await keys()).toHaveLength(3)
  })

  test('a model without a price: one alert a model and day, by replicas at once too', async () => {
    await setLedgerTime(db.database, '2026-11-22 12:00Z')
    const client = await addClient(db.database)
    const unpriced = (modelName: string): Partial<CallRecord> => ({ modelName, costUsd: undefined, costBrl: undefined })
    await spend(client, 1)
    expect(await keys()).toEqual([])
    await Promise.all(Array.from({ length: 40 }, (_, by) => spend(client, 1, { by, record: unpriced(`m-${by % 2}`) })))
    const alerts = await listAlerts(db.database, { limit: 9 })
    expect(alerts.map(({ kind, client, details }) => [kind, client, 'model_name' in details && details.model_name]).sort()).toEqual([
      ['unpriced_model', null, 'm-0'],
      ['unpriced_model', null, 'm-1'],
    ])
    await setLedgerTime(db.database, '2026-11-23 12:00Z')
    await spend(client, 1, { record: unpriced('m-0') })
    expect(await keys()).toHaveLength(3)
  })

  test('a rate older than 72 hours: one alert a day, whether a row or the refresh tells it; a fixed rate never', async () => {
    await setLedgerTime(db.database, '2026-11-22 12:00Z')
    const client = await addClient(db.database)
    const ptax = (rateAt: string): Partial<CallRecord> => ({ rateSource: 'ptax', rateAt: new Date(rateAt), usdBrlRate: '5.25' })
    await spend(client, 1, { record: ptax('2026-11-19T12:00:00Z') })
    await spend(client, 1, { record: { ...ptax('2026-01-01T12:00:00Z'), rateSource: 'env' } })
    expect(await keys()).toEqual([])
    const rate = ptax('2026-11-19T11:59:59Z')
    await Promise.all(Array.from({ length: 20 }, (_, by) => spend(client, 1, { by, record: rate })))
    await alertStaleRate(other, { rate: '5.25', source: 'ptax', quotedAt: new Date('2026-11-19T11:00:00Z') })
    const [alert, ...more] = await listAlerts(db.database, { limit: 9 })
    expect(more).toEqual([])
    expect(alert).toMatchObject({
      kind: 'stale_exchange_rate',
      client: null,
      details: { rate: 5.25, source: 'ptax', rate_at: '2026-11-19T11:59:59Z' },
    })
    await setLedgerTime(db.database, '2026-11-23 12:00Z')
    await alertStaleRate(other, { rate: '5.25', source: 'ptax', quotedAt: new Date('2026-11-19T11:00:00Z') })
    expect(await keys()).toHaveLength(2)
  })

  test('a dead letter: one alert each, whatever it holds', async () => {
    const client = await addClient(db.database)
    const keep = (record: unknown, callId: string | null = newId()) =>
      db.database.query('insert into usage_dead_letters (call_id, record, error) values ($1, $2, $3) on conflict do nothing', [
        callId,
        JSON.stringify(record),
        'no such client',
      ])
    const callId = newId()
    await keep({ call_id: callId, client_id: client.toUpperCase() }, callId)
    await keep({ call_id: callId, client_id: client }, callId)
    await keep({ client_id: newId() })
    await keep({ client_id: '------------------------------------' })
    await keep({ unreadable: '{' }, null)
    await keep('text', null)
    const alerts = await listAlerts(db.database, { limit: 9 })
    expect(alerts.map((alert) => [alert.kind, alert.client?.id]).sort()).toEqual(
      [['dead_letter', client], ...Array(4).fill(['dead_letter', undefined])].sort(),
    )
    expect(alerts.find((alert) => alert.client)?.details).toMatchObject({ call_id: callId, error: 'no such client' })
  })

  test('a record that the ledger cannot book alerts by way of its dead letter', async () => {
    const client = await addClient(db.database)
    const admission = await ledgerOf().reserve(requestOf(client))
    await ledgerOf().settle(recordOf(client, admission, -5))
    expect(await keys()).toEqual([['dead_letter', client, 0]])
  })
})

test('a batch that rolls back leaves no alert, and one that alerts tells whoever listens', async () => {
  const client = await addClient(db.database)
  await addBudget(db.database, client, { limit: 10, hard: false })
  let heard = 0
  const unlisten = await other.listen('catraca_alert', () => {
    heard += 1
  })
  await ledgerOf().reserve(requestOf(client, { ttlMs: -1_000, outputTokens: 9 }))
  await expect(
    db.database.transaction(async (tx) => {
      await tx.query('select ledger_expire(500)')
      expect(await tx.query('select kind from alerts order by 1')).toEqual([
        { kind: 'budget_threshold' },
        { kind: 'budget_threshold' },
        { kind: 'orphaned_calls' },
      ])
      throw new Error('power cut')
    }),
  ).rejects.toThrow('power cut')
  expect(await keys()).toEqual([])
  expect(heard).toBe(0)
  await db.database.query('select ledger_expire(500)')
  await vi.waitFor(() => expect(heard).toBe(1))
  expect(await keys()).toHaveLength(3)
  await unlisten()
})
