import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { count, memoryLog } from '../_support/ledger.ts'
import { startWhatsAppGateway, type WhatsAppGateway } from '../_support/whatsapp.ts'

let gateway: WhatsAppGateway
const log = memoryLog()
beforeAll(async () => {
  // Nobody gives a hanging provider up before the end, however slow this machine is.
  gateway = await startWhatsAppGateway({ log, env: { CATRACA_ANSWERS_AT_ONCE: '10', CATRACA_FIRST_BYTE_TIMEOUT_MS: '600000' } })
})
afterAll(async () => {
  // What hangs there ends with it.
  await gateway.emulator.close()
  await gateway.close()
})

const ada = '5511999990001'
const answering = `graphile_worker.jobs where task_identifier = 'whatsapp_answer' and locked_at is not null`

it('a client whose provider hangs has half of the places; another’s bot answers meanwhile, and alerts go out', async () => {
  const [slow, other] = [await gateway.addClient(), await gateway.addClient()]
  const [slowChannel, otherChannel] = [await gateway.addChannel({}, slow.id), await gateway.addChannel({}, other.id)]
  const contacts = Array.from({ length: 14 }, (_, index) => `55119777700${String(index).padStart(2, '0')}`)
  await Promise.all(contacts.map((from) => slowChannel.say(from, 'pense [[emulate hang]]')))
  await vi.waitFor(() => expect(gateway.emulator.requests()).toHaveLength(5))

  await otherChannel.say(ada, 'oi')
  await gateway.database.query(
    `insert into alerts (kind, client_id, details, dedupe_key) values ('orphaned_calls', $1, '{"calls": 2}', 'places')`,
    [other.id],
  )
  const [reply] = await gateway.graph.untilSent(1, 40_000)
  expect(reply).toMatchObject({ to: ada, phoneNumberId: otherChannel.phoneNumberId })
  await vi.waitFor(async () => expect(await count(gateway.database, `alerts where dedupe_key = 'places' and delivered_at is null`)).toBe(0))
  expect(log.lines.filter((line) => line.startsWith('[Alerts]'))).toHaveLength(1)

  // Those of the slow client were still there, and no more of them had begun.
  expect(gateway.emulator.requests()).toHaveLength(6)
  await vi.waitFor(async () => expect(await count(gateway.database, answering)).toBe(5))
  const metrics = await vi.waitUntil(async () => {
    const text = await (await fetch(`${gateway.url}/metrics`)).text()
    return text.includes('catraca_answers{state="ready"} 9') && text
  })
  expect(metrics).toContain('catraca_answers_places 10')
  expect(metrics).toContain('catraca_answers{state="running"} 5')
  expect(Number(/^catraca_jobs_age_seconds\{kind="answers"\} (.*)$/m.exec(metrics)?.[1])).toBeGreaterThan(0)
})
