import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestDoctor, type TestDoctor } from '../../../tests/_support/doctor.ts'
import { addClient } from '../../../tests/_support/ledger.ts'
import { addTestChannel } from '../../../tests/_support/whatsapp.ts'
import { newId } from '../../shared/id.ts'
import type { Check } from './check.ts'
import { checkWhatsApp } from './check-whatsapp.ts'

let doctor: TestDoctor
let clientId: string
const query = (sql: string, params?: unknown[]) => doctor.test.database.query(sql, params)

beforeAll(async () => {
  doctor = await openTestDoctor()
  clientId = await addClient(doctor.test.database)
})
afterAll(() => doctor.close())

async function channelWith(settings: Record<string, unknown> = {}): Promise<{ id: string; look: () => Promise<Check | undefined> }> {
  const { database } = doctor.test
  const { id, phoneNumberId } = await addTestChannel({ database, vault: doctor.place.store.vault, url: '' }, clientId, settings)
  const look = async () => (await doctor.look(checkWhatsApp)).find(({ name }) => name === `WhatsApp ${phoneNumberId}`)
  return { id, look }
}

it('has nothing to say of numbers that are off or a simulation’s', async () => {
  expect(await doctor.look(checkWhatsApp)).toEqual([])
  await channelWith({ is_active: false })
  await channelWith({ is_simulated: true })
  expect(await doctor.look(checkWhatsApp)).toEqual([])
})

it('opens the three secrets, and says which is missing or does not open', async () => {
  const { id, look } = await channelWith()
  expect(await look()).toMatchObject({ status: 'pass', detail: expect.stringMatching(/app secret, access token and verify token open$/) })
  const other = await channelWith({ app_secret_secret_id: newId() })
  expect(await other.look()).toMatchObject({
    status: 'fail',
    detail: expect.stringMatching(/app secret/),
    fix: expect.stringMatching(
      /^is the master key the one that sealed it\? Else npx catraca whatsapp add --client \S+ --phone-number-id \d+ /,
    ),
  })
  await query('update whatsapp_channels set access_token_secret_id = null, verify_token_secret_id = null where id = $1', [id])
  expect(await look()).toMatchObject({
    status: 'fail',
    detail: 'without access token and verify token: nothing is received or answered',
    fix: expect.stringMatching(/^npx catraca whatsapp add --client \S+ --phone-number-id \d+ stores all three/),
  })
})

it('tells of the newest message that was not sent, without the number of whom it was for', async () => {
  const { id, look } = await channelWith()
  await query(
    `with conversation as (insert into conversations (client_id, channel_id, phone) values ($1, $2, '5511987654321') returning id)
     insert into messages (client_id, conversation_id, direction, status, error, created_at)
     select $1, id, direction, status, error, now() - age from conversation, (values
       ('out', 'failed', '{"code": 1, "title": "the day before"}'::jsonb, interval '25 hours'),
       ('out', 'failed', '{"code": 2, "title": "older"}', interval '2 hours'),
       ('out', 'failed', '{"code": 131047, "title": "Re-engagement message to 5511987654321"}', interval '1 hour'),
       ('out', 'sent', null, interval '0')) as m (direction, status, error, age)`,
    [clientId, id],
  )
  const check = await look()
  expect(check).toMatchObject({ status: 'by_hand', fix: expect.stringContaining('npx catraca sql -c') })
  expect(check?.detail).toMatch(/; 2 messages were not sent in the last 24 hours, the newest at \S+Z: 131047 Re-engagement message to …$/)
})
