import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { count, memoryLog } from '../_support/ledger.ts'
import { startWhatsAppGateway, type TestChannel, untilAnswersEnd, type WhatsAppGateway } from '../_support/whatsapp.ts'

let gateway: WhatsAppGateway
let channel: TestChannel
beforeAll(async () => {
  gateway = await startWhatsAppGateway({ log: memoryLog() })
})
afterAll(() => gateway.close())
beforeEach(async () => {
  await gateway.database.query('delete from conversations')
  channel = await gateway.addChannel()
})

const ada = '5511999990001'
const ofContact = `key in (select 'whatsapp:' || id from conversations)`
const setPause = (ms: number) => gateway.database.query('update whatsapp_channels set reply_pause_ms = $2 where id = $1', [channel.id, ms])

it('a contact who keeps writing brings the next try no nearer', async () => {
  const takeBack = gateway.emulator.inject({ status: 500 })
  const tries = () => gateway.database.query('select tries from whatsapp_answers')
  await channel.say(ada, 'oi')
  await vi.waitFor(async () => expect(await count(gateway.database, 'whatsapp_answers where tries > 0')).toBe(1), { timeout: 30_000 })
  // What comes after the sixth is minutes away.
  await gateway.database.query(`update whatsapp_answers set tries = 5, retry_at = now() - interval '1 second'`)
  await vi.waitFor(async () => expect(await tries()).toEqual([{ tries: 6 }]), { timeout: 30_000 })
  const asked = gateway.emulator.counts().received
  await channel.say(ada, 'alguém aí?')
  const [job] = await gateway.database.query<{ seconds: number }>(
    `select extract(epoch from run_at - now())::float8 as seconds from graphile_worker.jobs where ${ofContact}`,
  )
  expect(job?.seconds).toBeGreaterThan(300)
  // One that runs all the same, as one does that had begun to wait before, asks nobody and waits on.
  await gateway.database.query(
    `select graphile_worker.add_job('whatsapp_answer', payload, queue_name => queue_name, job_key => key)
     from (select json_build_object('conversation_id', id) as payload, 'whatsapp:' || id as queue_name, 'whatsapp:' || id as key from conversations) c`,
  )
  const later = `graphile_worker.jobs where ${ofContact} and locked_at is null and run_at > now() + interval '5 minutes'`
  await vi.waitFor(async () => expect(await count(gateway.database, later)).toBe(1), { timeout: 30_000 })
  expect(gateway.emulator.counts().received).toBe(asked)
  expect(await tries()).toEqual([{ tries: 6 }])
  takeBack()
})

it('what waited while its channel was off is answered once it is on again, whether or not anybody writes', async () => {
  const set = (on: boolean) => gateway.database.query('update whatsapp_channels set is_active = $2 where id = $1', [channel.id, on])
  await setPause(60_000)
  await channel.say(ada, 'oi')
  await set(false)
  await setPause(0)
  // Later than a channel that was on is remembered.
  await gateway.database.query('select whatsapp_queue_answer(id, false, 3000) from conversations')
  await vi.waitFor(async () => expect(await count(gateway.database, `graphile_worker.jobs where ${ofContact}`)).toBe(0), {
    timeout: 30_000,
  })
  expect(await count(gateway.database, 'messages where needs_answer')).toBe(1)
  await set(true)
  expect(await untilAnswersEnd(gateway.database, 1)).toEqual([{ state: 'done', error_code: null }])
  expect(gateway.graph.sent()).toHaveLength(1)
})
