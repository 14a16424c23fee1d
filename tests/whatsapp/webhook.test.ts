import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { deliver, graphDelivery, graphMessage, graphStatus, graphText, signDelivery } from '../../src/emulator/index.ts'
import { count, memoryLog } from '../_support/ledger.ts'
import { reportFigure } from '../_support/report-figure.ts'
import {
  appSecret,
  startWhatsAppGateway,
  type TestChannel,
  untilAnswersEnd,
  verifyToken,
  type WhatsAppGateway,
} from '../_support/whatsapp.ts'

const log = memoryLog()
let gateway: WhatsAppGateway
let channel: TestChannel
beforeAll(async () => {
  gateway = await startWhatsAppGateway({ log })
})
afterAll(() => gateway.close())
beforeEach(async () => {
  await gateway.database.query('delete from conversations')
  channel = await gateway.addChannel()
  log.lines.length = 0
})

const ada = '5511999990001'
const post = async (body: string | Buffer, headers: Record<string, string>, url = channel.webhook) =>
  (await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })).status

async function nothingHappened(): Promise<void> {
  expect(await count(gateway.database, 'messages')).toBe(0)
  expect(await count(gateway.database, 'conversations')).toBe(0)
  expect(await count(gateway.database, 'graphile_worker.jobs')).toBe(0)
}

describe('verification', () => {
  const ask = async (query: Record<string, string>, url = channel.webhook) => {
    const response = await fetch(`${url}?${new URLSearchParams(query)}`)
    return { status: response.status, text: await response.text() }
  }

  it('repeats the challenge to whoever knows the verify token', async () => {
    const right = { 'hub.mode': 'subscribe', 'hub.verify_token': verifyToken, 'hub.challenge': '1158201444' }
    expect(await ask(right)).toEqual({ status: 200, text: '1158201444' })
    expect((await ask({ ...right, 'hub.verify_token': 'wrong' })).status).toBe(403)
    expect((await ask({ ...right, 'hub.verify_token': '' })).status).toBe(403)
    expect((await ask({ ...right, 'hub.mode': 'unsubscribe' })).status).toBe(403)
    expect((await ask({}, channel.webhook)).status).toBe(403)
    expect((await ask(right, `${gateway.url}/webhooks/whatsapp/${crypto.randomUUID()}`)).status).toBe(403)
    expect((await ask(right, `${gateway.url}/webhooks/whatsapp/x`)).status).toBe(403)
  })

  it('fails closed without a verify token', async () => {
    const open = await gateway.addChannel({ verify_token_secret_id: null })
    expect((await ask({ 'hub.mode': 'subscribe', 'hub.verify_token': '', 'hub.challenge': '1' }, open.webhook)).status).toBe(403)
  })
})

describe('S9: a delivery that Meta did not sign is a 401 and has no effect', () => {
  const body = () => JSON.stringify(graphDelivery(channel.phoneNumberId, { messages: [graphText(ada, 'oi')] }))

  it.each([
    ['no signature', () => ({})],
    ['an empty one', () => ({ 'x-hub-signature-256': '' })],
    ['a wrong one', () => ({ 'x-hub-signature-256': signDelivery(body(), 'another-secret') })],
    ['one by an empty secret', () => ({ 'x-hub-signature-256': signDelivery(body(), '') })],
    ['half a one', () => ({ 'x-hub-signature-256': signDelivery(body(), appSecret).slice(0, 39) })],
  ] as const)('%s', async (_name, headers) => {
    expect(await post(body(), headers())).toBe(401)
    await nothingHappened()
  })

  it('sha1, under either name', async () => {
    const raw = body()
    const sha1 = `sha1=${createHmac('sha1', appSecret).update(raw).digest('hex')}`
    expect(await post(raw, { 'x-hub-signature': sha1 })).toBe(401)
    expect(await post(raw, { 'x-hub-signature-256': sha1 })).toBe(401)
    await nothingHappened()
  })

  it('the same JSON in other bytes', async () => {
    const raw = body()
    const signature = signDelivery(raw, appSecret)
    expect(await post(JSON.stringify(JSON.parse(raw), null, 1), { 'x-hub-signature-256': signature })).toBe(401)
    expect(await post(`${raw} `, { 'x-hub-signature-256': signature })).toBe(401)
    expect(await post('', { 'x-hub-signature-256': signature })).toBe(401)
    await nothingHappened()
  })

  it('a channel without an app secret, with one that does not open, an inactive one and none', async () => {
    const raw = body()
    const signed = { 'x-hub-signature-256': signDelivery(raw, appSecret) }
    for (const settings of [{ app_secret_secret_id: null }, { app_secret_secret_id: crypto.randomUUID() }, { is_active: false }]) {
      const other = await gateway.addChannel(settings)
      expect(await post(raw, signed, other.webhook)).toBe(401)
      expect(await post(raw, { 'x-hub-signature-256': signDelivery(raw, '') }, other.webhook)).toBe(401)
    }
    expect(await post(raw, signed, `${gateway.url}/webhooks/whatsapp/${crypto.randomUUID()}`)).toBe(401)
    await nothingHappened()
  })

  it('a phone number id that is not the channel’s', async () => {
    const raw = JSON.stringify(graphDelivery('999', { messages: [graphText(ada, 'oi')] }))
    expect(await post(raw, { 'x-hub-signature-256': signDelivery(raw, appSecret) })).toBe(401)
    await nothingHappened()
    expect(log.lines.join('\n')).not.toContain(ada)
  })

  it('what is signed and is none of its business is a 200 without effect', async () => {
    for (const value of ['not json', '{}', '{"object":"page","entry":[]}', JSON.stringify(graphDelivery(channel.phoneNumberId, {}))]) {
      expect(await post(value, { 'x-hub-signature-256': signDelivery(value, appSecret) })).toBe(200)
    }
    await nothingHappened()
  })
})

it('stores every message of every entry and change, in order, whatever its kind', async () => {
  const { phoneNumberId } = channel
  await gateway.database.query(`insert into conversations (client_id, channel_id, phone, status) values ($1, $2, $3, 'human')`, [
    channel.clientId,
    channel.id,
    ada,
  ])
  const [first] = graphDelivery(phoneNumberId, { messages: [graphText(ada, 'um'), graphText(ada, 'dois\u0000')] }).entry
  const [second] = graphDelivery(phoneNumberId, {
    messages: [
      graphMessage(ada, 'interactive', { type: 'button_reply', button_reply: { id: 'sim', title: 'Sim' } }),
      graphMessage(ada, 'reaction', { message_id: 'wamid.x', emoji: '👍' }),
      graphMessage(ada, 'image', { id: '7001', mime_type: 'image/jpeg', caption: 'veja' }),
      graphMessage(ada, 'audio', { id: '7002', mime_type: 'audio/ogg; codecs=opus', voice: true }),
      graphMessage(ada, 'document', { id: '7003', mime_type: 'application/pdf', filename: 'nota.pdf' }),
      graphMessage(ada, 'location', { latitude: -23.5, longitude: -46.6, name: 'Praça' }),
      graphMessage(ada, 'unsupported', undefined, { errors: [{ code: 131051 }] }),
      graphMessage(ada, 'interactive', { list_reply: { id: 'x', title: 'meio \ud83d' } }),
      graphText(ada, ' '),
      { id: '', from: 'x', timestamp: '', type: 'text' },
    ],
  }).entry
  const both = {
    object: 'whatsapp_business_account',
    entry: [first, { id: '2', changes: [{ field: 'account_update', value: {} }] }, second],
  }
  expect((await deliver(channel.webhook, both, appSecret)).status).toBe(200)
  const rows = await gateway.database.query('select kind, body, media, details, needs_answer from messages order by seq')
  expect(rows).toEqual([
    { kind: 'text', body: 'um', media: null, details: null, needs_answer: false },
    { kind: 'text', body: 'dois', media: null, details: null, needs_answer: false },
    { kind: 'interactive', body: 'Sim', media: null, details: { id: 'sim' }, needs_answer: false },
    { kind: 'reaction', body: null, media: null, details: { message_id: 'wamid.x', emoji: '👍' }, needs_answer: false },
    { kind: 'image', body: 'veja', media: { id: '7001', mime_type: 'image/jpeg' }, details: null, needs_answer: false },
    { kind: 'audio', body: null, media: { id: '7002', mime_type: 'audio/ogg; codecs=opus' }, details: null, needs_answer: false },
    {
      kind: 'document',
      body: null,
      media: { id: '7003', mime_type: 'application/pdf', filename: 'nota.pdf' },
      details: null,
      needs_answer: false,
    },
    { kind: 'location', body: '-23.5, -46.6 · Praça', media: null, details: null, needs_answer: false },
    { kind: 'unsupported', body: null, media: null, details: null, needs_answer: false },
    { kind: 'interactive', body: 'meio \ufffd', media: null, details: { id: 'x' }, needs_answer: false },
    { kind: 'text', body: null, media: null, details: null, needs_answer: false },
  ])
  expect(await count(gateway.database, 'graphile_worker.jobs')).toBe(0)
})

it('half of an emoji, in a text that is too long or in what Meta says of a failure, loses no message beside it', async () => {
  const failed = graphStatus({ wamid: 'wamid.y', to: ada }, 'failed', { errors: [{ code: 131026, title: 'not \u0000 deliver\ud83d' }] })
  const delivery = graphDelivery(channel.phoneNumberId, {
    messages: [
      graphText(ada, `${'a'.repeat(65_535)}🎟️`),
      graphMessage(ada, 'reaction', { message_id: 'wamid.x', emoji: '\ud83d' }),
      graphMessage(ada, 'image', { id: '70\u000001', mime_type: 'image/jpeg', filename: 'foto \udc4d' }),
    ],
    statuses: [failed],
  })
  expect((await deliver(channel.webhook, delivery, appSecret)).status).toBe(200)
  expect(await count(gateway.database, 'messages')).toBe(3)
  expect(log.lines).toEqual([])
})

it('the same delivery 100 times in parallel is one answer and one charge', async () => {
  gateway.emulator.reset()
  const before = gateway.graph.sent().length

  const delivery = graphDelivery(channel.phoneNumberId, { messages: [graphText(ada, 'cem vezes')] })
  const outcomes = await Promise.all(Array.from({ length: 100 }, () => deliver(channel.webhook, delivery, appSecret)))
  expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set([200]))
  await untilAnswersEnd(gateway.database, 1)
  expect((await deliver(channel.webhook, delivery, appSecret)).status).toBe(200)
  await vi.waitFor(async () => expect(await count(gateway.database, 'graphile_worker.jobs')).toBe(0))
  expect(gateway.graph.sent().length - before).toBe(1)
  await vi.waitFor(async () =>
    expect(
      await count(gateway.database, `gateway_usage_logs l where exists (select 1 from whatsapp_answers a where a.call_id = l.call_id)`),
    ).toBe(1),
  )
  expect(gateway.emulator.counts().accepted).toBe(1)
  reportFigure('S9', undefined, 'one delivery 101 times, 100 of them at once: 1 answer, 1 row, 1 call of the provider')
})

it('statuses never move back, and find a message by the id that was given along', async () => {
  await channel.say(ada, 'oi')
  await untilAnswersEnd(gateway.database, 1)
  const sent = gateway.graph.sent().at(-1)
  if (!sent) throw new Error('nothing was sent')
  const status = async () =>
    (await gateway.database.query<{ status: string }>(`select status from messages where direction = 'out'`))[0]?.status
  const tell = (...statuses: string[]) =>
    deliver(channel.webhook, graphDelivery(channel.phoneNumberId, { statuses: statuses.map((name) => graphStatus(sent, name)) }), appSecret)
  expect(await status()).toBe('sent')
  await tell('delivered')
  expect(await status()).toBe('delivered')
  await tell('sent', 'failed')
  expect(await status()).toBe('delivered')
  await tell('read', 'delivered')
  expect(await status()).toBe('read')
  // Another channel's signature says nothing of this one's messages.
  const other = await gateway.addChannel()
  await gateway.database.query(`update messages set status = 'sent' where direction = 'out'`)
  await deliver(other.webhook, graphDelivery(other.phoneNumberId, { statuses: [graphStatus(sent, 'read')] }), appSecret)
  expect(await status()).toBe('sent')
  await gateway.database.query(`update messages set status = 'sending', wamid = null where direction = 'out'`)
  await tell('delivered')
  expect(await gateway.database.query(`select status, wamid from messages where direction = 'out'`)).toEqual([
    { status: 'delivered', wamid: sent.wamid },
  ])
})

it('receives, rescues and forgets under the gateway’s own role as well', async () => {
  // An answer has ended a moment before its job has.
  await vi.waitFor(async () => expect(await count(gateway.database, 'graphile_worker.jobs')).toBe(0))
  const undo = new Error('rolled back')
  const text = { wamid: 'wamid.role', phone: ada, kind: 'text', body: 'oi', sent_at: new Date().toISOString(), needs_answer: true }
  const run = gateway.database.transaction(async (tx) => {
    await tx.query('set local role catraca_gateway')
    expect(await tx.query(`select whatsapp_receive($1, $2, '[]') as added`, [channel.id, JSON.stringify([text])])).toEqual([{ added: 1 }])
    await tx.query(
      `with queue as (update graphile_worker._private_job_queues set locked_at = now() - interval '1 hour', locked_by = 'dead' returning 1)
       update graphile_worker._private_jobs set locked_at = now() - interval '1 hour', locked_by = 'dead'`,
    )
    expect(await tx.query('select whatsapp_rescue(30000) as rescued')).toEqual([{ rescued: 1 }])
    expect(await tx.query('select locked_by from graphile_worker.jobs')).toEqual([{ locked_by: null }])
    expect(await tx.query('select whatsapp_rescue(30000) as rescued')).toEqual([{ rescued: 0 }])
    expect(await tx.query('select whatsapp_forget_old() as forgotten')).toEqual([{ forgotten: 0 }])
    throw undo
  })
  await expect(run).rejects.toBe(undo)
})
