import { expect, test } from 'vitest'
import { migrate } from '../../src/database/index.ts'
import { listChannels } from '../../src/notifications/index.ts'
import { createEmptyDatabase } from '../_support/database.ts'
import { addClient } from '../_support/ledger.ts'
import { migrateUntil } from './migrate-until.ts'

test('of channels that were there twice one stays, and hears of whatever one of them heard of', async () => {
  const db = await createEmptyDatabase()
  try {
    await migrateUntil(db.database, '20251217')
    const client = await addClient(db.database)
    const add = async (clientId: string | null, kind: string, address: string, kinds: string[] | null, day: number, isActive = true) =>
      await db.database.query(
        `insert into notification_channels (client_id, kind, address, alert_kinds, is_active, created_at)
         values ($1, $2, $3, $4, $5, timestamptz '2026-01-01' + make_interval(days => $6))`,
        [clientId, kind, address, kinds, isActive, day],
      )
    await add(null, 'email', 'ops@example.com', ['dead_letter'], 2)
    await add(null, 'email', 'Ops@example.com', ['unpriced_model'], 1)
    await add(null, 'webhook', 'https://example.com/a', ['dead_letter'], 1, false)
    await add(null, 'webhook', 'https://example.com/a', null, 2)
    await add(null, 'webhook', 'https://example.com/A', ['dead_letter'], 3)
    await add(client, 'email', 'dona@example.com', ['budget_exceeded'], 1)
    await db.database.query("update clients set notification_email = 'dona@example.com', message_retention_days = 99999 where id = $1", [
      client,
    ])
    await migrate(db.database)
    const kept = (await listChannels(db.database)).map(({ kind, address, alertKinds, isActive, followsClient }) => {
      return [kind, address, alertKinds, isActive, followsClient]
    })
    expect(kept).toEqual([
      ['email', 'Ops@example.com', ['dead_letter', 'unpriced_model'], true, false],
      ['webhook', 'https://example.com/a', null, true, false],
      ['webhook', 'https://example.com/A', ['dead_letter'], true, false],
      ['email', 'dona@example.com', null, true, true],
    ])
    expect(await db.database.query('select message_retention_days from clients')).toEqual([{ message_retention_days: 36_500 }])
  } finally {
    await db.drop()
  }
})
