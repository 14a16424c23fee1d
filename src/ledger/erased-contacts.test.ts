import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { addBudget, addClient, facts, findUnbalanced, memoryLog, readBudget, recordOf, requestOf } from '../../tests/_support/ledger.ts'
import { untilBlocked } from '../../tests/_support/until-blocked.ts'
import type { Queryable } from '../database/index.ts'
import { newId } from '../shared/id.ts'
import { type CallRecord, type Ledger, openLedger } from './index.ts'
import { keepDeadLetter } from './sql/dead-letter.ts'
import { settleRecords } from './sql/settle.ts'
import { toJson, toRow } from './to-row.ts'

const phone = '5511999990001'

let db: TestDatabase
let ledger: Ledger
beforeAll(async () => {
  db = await createTestDatabase()
  ledger = await openLedger({ database: db.database, replica: 'r1', log: memoryLog(), spoolDir: undefined, expireEveryMs: 3_600_000 })
})
afterEach(async () => {
  expect(await findUnbalanced(db.database)).toEqual([])
})
afterAll(async () => {
  await ledger.close()
  await db.drop()
})

/** A call that was admitted and answered, and the record of it that is not booked yet. */
async function answered(client: string, of = phone): Promise<{ record: CallRecord; batch: string }> {
  const contact = { phone: of, conversationId: newId() }
  const admission = await ledger.reserve(requestOf(client, { outputTokens: 50, facts: { ...facts, ...contact } }))
  const record = recordOf(client, admission, 40, contact)
  return { record, batch: `[${toJson(toRow(record))}]` }
}

const erase = (client: string, on: Queryable = db.database) => on.query('select whatsapp_erase_contact($1, $2)', [client, phone])

async function bookedOf({ callId }: CallRecord): Promise<object[]> {
  return await db.database.query('select phone, conversation_id, total_tokens from gateway_usage_logs where call_id = $1', [callId])
}

const nameless = { phone: null, conversation_id: null, total_tokens: 40n }

test('what was answered before the contact was erased is booked without it, and counts', async () => {
  const client = await addClient(db.database)
  const budget = await addBudget(db.database, client)
  const earlier = await answered(client)
  const other = await answered(client, '5511999990002')
  await erase(client)
  // Who writes again is not forgotten once more.
  const later = await answered(client)
  for (const { batch } of [earlier, other, later]) await settleRecords(db.database, batch)
  expect(await bookedOf(earlier.record)).toEqual([nameless])
  expect(await bookedOf(other.record)).toMatchObject([{ phone: '5511999990002', conversation_id: other.record.conversationId }])
  expect(await bookedOf(later.record)).toMatchObject([{ phone, conversation_id: later.record.conversationId }])
  expect(await readBudget(db.database, budget)).toEqual({ used: 120, reserved: 0 })
})

test('another client’s contact with the same phone stays', async () => {
  const [mine, theirs] = [await addClient(db.database), await addClient(db.database)]
  const call = await answered(theirs)
  await erase(mine)
  await settleRecords(db.database, call.batch)
  expect(await bookedOf(call.record)).toMatchObject([{ phone }])
})

test('a batch that is being booked at that moment is waited for', async () => {
  const client = await addClient(db.database)
  // Served while the database was away: no admission for the two to meet at.
  const { record } = await answered(client)
  const unadmitted = { ...record, callId: newId(), unadmitted: true }
  const erasing = await db.database.transaction(async (tx) => {
    await settleRecords(tx, `[${toJson(toRow(unadmitted))}]`)
    const done = erase(client)
    await untilBlocked(db.database, 'whatsapp_erase_contact')
    return { done }
  })
  await erasing.done
  expect(await bookedOf(unadmitted)).toEqual([nameless])
  await ledger.release(record.callId)
})

test('a batch that comes while the contact is being erased waits, and finds that it is', async () => {
  const client = await addClient(db.database)
  const call = await answered(client)
  const booking = await db.database.transaction(async (tx) => {
    await erase(client, tx)
    const done = settleRecords(db.database, call.batch)
    await untilBlocked(db.database, 'ledger_settle')
    return { done }
  })
  await booking.done
  expect(await bookedOf(call.record)).toEqual([nameless])
})

test('an orphan, late truth and a dead letter are nameless too', async () => {
  const client = await addClient(db.database)
  const call = await answered(client)
  const stray = await answered(client)
  await erase(client)
  await db.database.query(`update call_admissions set expires_at = now() - interval '1 second' where call_id = $1`, [call.record.callId])
  await db.database.query('select ledger_expire(100)')
  await settleRecords(db.database, call.batch)
  await keepDeadLetter(db.database, toJson(toRow(stray.record)), 'refused')
  await ledger.release(stray.record.callId)
  expect(await db.database.query('select status, phone from gateway_usage_logs where call_id = $1', [call.record.callId])).toEqual([
    { status: 'orphaned', phone: null },
  ])
  for (const kept of ['budget_adjustments', 'usage_dead_letters', 'gateway_usage_logs', 'erased_contacts']) {
    const rows = await db.database.query(`select to_jsonb(k)::text as text from ${kept} k where to_jsonb(k)::text like '%' || $1 || '%'`, [
      call.record.conversationId,
    ])
    expect(rows).toEqual([])
  }
  expect(await db.database.query('select record from usage_dead_letters')).not.toMatchObject([{ record: { phone } }])
})

test('who was erased is not written down, and forgotten after 90 days', async () => {
  const client = await addClient(db.database)
  await erase(client)
  const [row] = await db.database.query<{ text: string }>('select to_jsonb(e)::text as text from erased_contacts e where client_id = $1', [
    client,
  ])
  expect(row?.text).not.toContain(phone)
  await db.database.query(`update erased_contacts set erased_at = now() - interval '91 days'`)
  await db.database.query('select whatsapp_forget_old()')
  expect(await db.database.query('select 1 from erased_contacts')).toEqual([])
})
