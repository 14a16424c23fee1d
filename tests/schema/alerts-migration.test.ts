import { expect, test } from 'vitest'
import { listAlerts } from '../../src/alerts/index.ts'
import { migrate } from '../../src/database/index.ts'
import { createEmptyDatabase } from '../_support/database.ts'
import { addBudget, addClient } from '../_support/ledger.ts'
import { migrateUntil } from './migrate-until.ts'

test('alerts that were written before there was an outbox are kept, and tell no second time', async () => {
  const db = await createEmptyDatabase()
  try {
    await migrateUntil(db.database, '20251213')
    const client = await addClient(db.database)
    const budget = await addBudget(db.database, client, { limit: 100, hard: false, period: 'monthly' })
    const reserveAndSettle = async (tokens: number) => {
      const row = {
        client_id: client,
        source: 'test',
        api_type: 'chat',
        provider: 'openai',
        model_name: 'm',
        status: 'ok',
        unadmitted: true,
      }
      const rest = {
        output_tokens: tokens,
        total_tokens: tokens,
        input_tokens: 0,
        cached_tokens: 0,
        cache_write_tokens: 0,
        reasoning_tokens: 0,
      }
      const flags = { was_cached: false, was_fallback: false, attempts: [], flags: [], cost_usd: 0, cost_brl: 0 }
      await db.database.query(
        `select ledger_settle(jsonb_build_array($1::jsonb || jsonb_build_object('call_id', gen_random_uuid(), 'created_at', now())))`,
        [JSON.stringify({ ...row, ...rest, ...flags })],
      )
    }
    await reserveAndSettle(95)
    const columns =
      'select id, client_id, budget_id, period_start, threshold, used, "limit", created_at from budget_alerts order by threshold'
    const before = await db.database.query(columns)
    expect(before).toMatchObject([{ threshold: 80 }, { threshold: 90 }])

    await migrate(db.database)
    expect(await db.database.query(columns)).toEqual(before)
    await reserveAndSettle(6)
    const alerts = await listAlerts(db.database, { clientId: client, limit: 9 })
    expect(alerts.map((alert) => ('threshold' in alert ? alert.threshold : alert.kind)).sort()).toEqual([100, 80, 90, null])
    expect(alerts.every((alert) => 'budgetId' in alert && alert.budgetId === budget && alert.details.budget_period === 'monthly')).toBe(
      true,
    )
    expect(alerts.every((alert) => alert.queuedAt === null)).toBe(true)
  } finally {
    await db.drop()
  }
})
