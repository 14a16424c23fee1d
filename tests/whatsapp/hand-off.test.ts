import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { count } from '../_support/ledger.ts'
import { startWhatsAppGateway, type TestChannel, untilAnswersEnd, type WhatsAppGateway } from '../_support/whatsapp.ts'

let gateway: WhatsAppGateway
let channel: TestChannel
/** Messages sent by earlier tests. */
let sentBefore = 0
beforeAll(async () => {
  gateway = await startWhatsAppGateway()
})
afterAll(() => gateway.close())
beforeEach(async () => {
  await gateway.database.query('delete from conversations')
  await gateway.database.query('delete from alerts')
  channel = await gateway.addChannel({ hand_off_keywords: ['atendente'], hand_off_notice: 'Já te chamo alguém.' })
  gateway.emulator.reset()
  sentBefore = gateway.graph.sent().length
})

const ada = '5511999990001'
const texts = () =>
  gateway.graph
    .sent()
    .slice(sentBefore)
    .map(({ text }) => text)
const rows = (sql: string) => gateway.database.query(sql)

/** The next try of what fails is far away, and so is its job; no try is under way. */
async function putOff(): Promise<void> {
  await vi.waitFor(async () => expect(await count(gateway.database, 'whatsapp_answers where tries > 0')).toBe(1))
  const far = `now() + interval '5 minutes'`
  await vi.waitFor(async () => {
    // A try that was under way sets a time of its own.
    await rows(`update whatsapp_answers set retry_at = now() + interval '10 minutes' where retry_at < ${far}`)
    await rows('select whatsapp_queue_answer(id, false, 0) from conversations')
    const jobs = await rows(
      `select locked_at is null and run_at > ${far} as is_far from graphile_worker.jobs where queue_name in (select 'whatsapp:' || id from conversations)`,
    )
    expect([await count(gateway.database, `whatsapp_answers where retry_at > ${far}`), jobs]).toEqual([1, [{ is_far: true }]])
  })
}

async function expectHuman(): Promise<void> {
  expect(await rows('select status from conversations')).toEqual([{ status: 'human' }])
  expect(await count(gateway.database, `alerts where kind = 'handed_off'`)).toBe(1)
  expect(await count(gateway.database, 'messages where needs_answer')).toBe(0)
}

it('who asks for a human does not wait for a provider that fails: told once, handed over, and no model is asked again', async () => {
  gateway.emulator.inject({ status: 500 })
  await channel.say(ada, 'oi')
  await putOff()
  const asked = gateway.emulator.requests().length
  await channel.say(ada, 'alguém aí?')
  await channel.say(ada, 'quero um ATENDENTE!')
  expect(await untilAnswersEnd(gateway.database, 1)).toEqual([{ state: 'done', error_code: null }])
  await expectHuman()
  expect(texts()).toEqual(['Já te chamo alguém.'])
  expect(gateway.emulator.requests()).toHaveLength(asked)
  expect(
    await rows(`select count(distinct answer_id)::int as answers, count(*)::int as messages from messages where direction = 'in'`),
  ).toEqual([{ answers: 1, messages: 3 }])
})

it('nor for one that is failing at that moment', async () => {
  gateway.emulator.inject({ status: 500, delayMs: 1_000 })
  await channel.say(ada, 'oi')
  await vi.waitFor(() => expect(gateway.emulator.requests()).toHaveLength(1))
  await channel.say(ada, 'atendente')
  expect(await untilAnswersEnd(gateway.database, 1)).toEqual([{ state: 'done', error_code: null }])
  await expectHuman()
  expect(texts()).toEqual(['Já te chamo alguém.'])
})

it('an answer that is good comes first, in order', async () => {
  await channel.say(ada, 'oi [[emulate delay=1000]]')
  await vi.waitFor(() => expect(gateway.emulator.requests()).toHaveLength(1))
  await channel.say(ada, 'atendente')
  await untilAnswersEnd(gateway.database, 2)
  await expectHuman()
  expect(texts()).toEqual([expect.stringContaining('oi'), 'Já te chamo alguém.'])
})

it('nor for an answer that Meta does not take: it has one more try, and the notice is next', async () => {
  const takeBack = gateway.graph.inject({ status: 429, code: 131056 })
  await channel.say(ada, 'oi')
  await putOff()
  await channel.say(ada, 'atendente')
  await vi.waitFor(async () => expect(await rows(`select state from whatsapp_answers where state = 'failed'`)).toHaveLength(1))
  takeBack()
  expect(await untilAnswersEnd(gateway.database, 2)).toEqual([
    { state: 'failed', error_code: '131056' },
    { state: 'done', error_code: null },
  ])
  await expectHuman()
  expect(texts()).toEqual(['Já te chamo alguém.'])
  expect(gateway.emulator.requests()).toHaveLength(1)
})
