import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { beginSending } from '../../src/channels/whatsapp/sql/begin-sending.ts'
import { queueStranded } from '../../src/channels/whatsapp/sql/queue-stranded.ts'
import { receiveDelivery } from '../../src/channels/whatsapp/sql/receive-delivery.ts'
import { deleteChannel } from '../../src/conversations/sql/delete-channel.ts'
import { eraseContact } from '../../src/conversations/sql/erase-contact.ts'
import { forgetOldMessages } from '../../src/conversations/sql/forget-old-messages.ts'
import { installQueue } from '../../src/jobs/install-queue.ts'
import { openLedger } from '../../src/ledger/index.ts'
import { deleteChannel as deleteNotificationChannel } from '../../src/notifications/sql/delete-channel.ts'
import { noteFailed } from '../../src/notifications/sql/note-failed.ts'
import { noteSent } from '../../src/notifications/sql/note-sent.ts'
import { newId } from '../../src/shared/id.ts'
import { silentLog } from '../../src/shared/log.ts'
import { createTestDatabase, type TestDatabase } from '../_support/database.ts'
import { addBudget, addClient, facts, readDeadlocks, requestOf } from '../_support/ledger.ts'
import { untilBlocked } from '../_support/until-blocked.ts'

let db: TestDatabase
let client: string
const phone = '+5511999990001'
const work: Promise<unknown>[] = []

beforeAll(async () => {
  db = await createTestDatabase()
  client = await addClient(db.database)
  await db.database.query('update clients set message_retention_days = 30 where id = $1', [client])
})
afterEach(async () => {
  await Promise.all(work.splice(0))
  expect(await readDeadlocks(db.database)).toBe(0)
})
afterAll(() => db.drop())

/** Runs a statement until it waits for a lock, or is over. */
async function begin(run: Promise<unknown>, words: string): Promise<void> {
  work.push(run)
  await untilBlocked(db.database, words, { work: run })
}

async function insert(table: string, columns: Record<string, unknown>): Promise<string> {
  const names = Object.keys(columns)
  const [row] = await db.database.query<{ id: string }>(
    `insert into ${table} (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')}) returning id`,
    Object.values(columns),
  )
  return row?.id ?? ''
}

const addChannel = (rest: Record<string, unknown> = {}) =>
  insert('whatsapp_channels', { client_id: client, phone_number_id: newId(), reply_pause_ms: 0, ...rest })
const addConversation = (channel: string, of: string, rest: Record<string, unknown> = {}) =>
  insert('conversations', { client_id: client, channel_id: channel, phone: of, ...rest })
const addMessage = (conversation: string, rest: Record<string, unknown>) =>
  insert('messages', { client_id: client, conversation_id: conversation, ...rest })

const lockConversation = 'select 1 from conversations where id = $1 for no key update'
const textOf = (from: string, needsAnswer = false) => ({
  wamid: newId(),
  phone: from,
  kind: 'text',
  body: 'oi',
  sent_at: '2026-11-22T12:00:00Z',
  needs_answer: needsAnswer,
})
const receive = (channel: string, messages: readonly object[], statuses: readonly object[] = []) =>
  receiveDelivery(db.database, channel, { messages, statuses, isForeign: false } as never, [])

describe('a contact is erased', () => {
  test('while a budget of its client becomes another', async () => {
    const ledger = await openLedger({ database: db.database, replica: 'r1', log: silentLog, spoolDir: undefined, expireEveryMs: 3_600_000 })
    await addChannel({ admin_phones: [phone] })
    const budget = await addBudget(db.database, client, { limit: 1_000 })
    const call = await ledger.reserve(requestOf(client, { facts: { ...facts, phone } }))
    await db.database.transaction(async (holder) => {
      await holder.query('select 1 from catraca_changes for update')
      await begin(db.database.query(`update client_budgets set budget_period = 'weekly' where id = $1`, [budget]), 'update client_budgets')
      await begin(eraseContact(db.database, client, phone), 'whatsapp_erase_contact')
    })
    await Promise.all(work)
    await db.database.query('delete from call_admissions where call_id = $1', [call.callId])
    await ledger.close()
  })

  test('while the bot begins to answer them', async () => {
    const conversation = await addConversation(await addChannel(), phone)
    const answer = await insert('whatsapp_answers', { client_id: client, conversation_id: conversation })
    await db.database.transaction(async (holder) => {
      await holder.query('select 1 from conversations where id = $1 for update', [conversation])
      await begin(eraseContact(db.database, client, phone), 'whatsapp_erase_contact')
      await begin(beginSending(db.database, answer, { kind: 'text', parts: ['olá'] }), 'update whatsapp_answers')
    })
  })

  test('while what was written long ago is forgotten', async () => {
    const conversation = await addConversation(await addChannel(), phone, { last_message_at: '2020-01-01' })
    await addMessage(conversation, { direction: 'in', created_at: '2020-01-01' })
    await db.database.transaction(async (holder) => {
      await holder.query(lockConversation, [conversation])
      await begin(eraseContact(db.database, client, phone), 'whatsapp_erase_contact')
      await begin(forgetOldMessages(db.database), 'whatsapp_forget_old')
    })
  })

  test('while it is told what became of several messages to them', async () => {
    const channel = await addChannel()
    const conversation = await addConversation(channel, phone)
    const prefix = newId()
    for (const name of ['c', 'a', 'b']) await addMessage(conversation, { direction: 'out', status: 'sent', wamid: `${prefix}${name}` })
    const statuses = ['a', 'b', 'c'].map((name) => ({ wamid: `${prefix}${name}`, status: 'read', at: '2026-11-22T12:00:00Z' }))
    await db.database.transaction(async (holder) => {
      await holder.query('select 1 from messages where wamid = $1 for update', [`${prefix}b`])
      await begin(receive(channel, [], statuses), 'select whatsapp_receive')
      await begin(eraseContact(db.database, client, phone), 'whatsapp_erase_contact')
    })
  })
})

test('a channel is deleted while it receives from several contacts', async () => {
  const channel = await addChannel()
  const [, second] = [await addConversation(channel, '+1'), await addConversation(channel, '+2')]
  await addConversation(channel, '+0')
  await db.database.transaction(async (holder) => {
    await holder.query(lockConversation, [second])
    await begin(
      receive(
        channel,
        ['+1', '+2', '+3'].map((of) => textOf(of)),
      ),
      'select whatsapp_receive',
    )
    await begin(deleteChannel(db.database, channel), 'delete from whatsapp_channels')
  })
})

test('conversations are queued again while they are written in', async () => {
  const channel = await addChannel()
  await installQueue(db.url, silentLog)
  // The first job of its kind has a row of the queue's own locked that all others need.
  await receive(channel, [textOf('+1', true)])
  const conversations = new Map<string, string>()
  // So many that some come before the first one, wherever PostgreSQL begins.
  const phones = Array.from({ length: 20 }, (_, index) => `+${10 + index}`)
  for (const of of phones.toReversed()) conversations.set(of, await addConversation(channel, of))
  for (const conversation of conversations.values()) await addMessage(conversation, { direction: 'in', needs_answer: true })
  await db.database.transaction(async (holder) => {
    await holder.query(lockConversation, [conversations.get('+11')])
    await begin(
      receive(
        channel,
        phones.map((of) => textOf(of, true)),
      ),
      'select whatsapp_receive',
    )
    await begin(queueStranded(db.database), 'whatsapp_queue_answer')
  })
})

describe('an alert', () => {
  async function addDelivery(): Promise<{ channel: string; delivery: bigint; budget: string; alert: string }> {
    const of = await addClient(db.database)
    const budget = await addBudget(db.database, of)
    const alert = await insert('alerts', { kind: 'dead_letter', client_id: of, budget_id: budget, dedupe_key: newId() })
    const whatsapp = await addChannel()
    const channel = await insert('notification_channels', {
      client_id: of,
      kind: 'whatsapp',
      address: '+5511999990002',
      failing_since: '2026-01-01',
      whatsapp_channel_id: whatsapp,
      template_name: 'alert',
    })
    return {
      channel,
      delivery: BigInt(await insert('notification_deliveries', { alert_id: alert, channel_id: channel, attempt: 1 })),
      budget,
      alert,
    }
  }
  const failure = { responseCode: 500, error: 'no', errorCode: null, retryMs: 1_000 }

  test.each<[string, string, (made: { channel: string; delivery: bigint }) => Promise<unknown>]>([
    ['fails', 'update notification_deliveries', ({ delivery }) => noteFailed(db.database, { id: delivery, ...failure })],
    ['is sent', 'update notification_deliveries', ({ delivery }) => noteSent(db.database, delivery, 200)],
    [
      'is not delivered by Meta',
      'notification_undelivered',
      ({ delivery, channel }) =>
        db.database.query('select notification_undelivered(whatsapp_channel_id, $2) from notification_channels where id = $1', [
          channel,
          JSON.stringify([{ delivery: String(delivery), error: 'no' }]),
        ]),
    ],
  ])('%s while its channel is deleted', async (_, words, tell) => {
    const made = await addDelivery()
    await db.database.transaction(async (holder) => {
      await holder.query('select 1 from notification_channels where id = $1 for no key update', [made.channel])
      await begin(deleteNotificationChannel(db.database, made.channel), 'delete from notification_channels')
      await begin(tell(made), words)
    })
  })

  test('fails while its budget is deleted', async () => {
    const made = await addDelivery()
    await db.database.transaction(async (holder) => {
      await holder.query('select 1 from alerts where id = $1 for update', [made.alert])
      await begin(db.database.query('delete from client_budgets where id = $1', [made.budget]), 'delete from client_budgets')
      await begin(noteFailed(db.database, { id: made.delivery, ...failure }), 'update notification_deliveries')
    })
  })
})
