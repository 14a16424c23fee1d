import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { deliver, graphDelivery, graphStatus } from '../../src/emulator/index.ts'
import { adminToken } from '../_support/admin-client.ts'
import { memoryLog } from '../_support/ledger.ts'
import { appSecret, startWhatsAppGateway, type TestChannel, type WhatsAppGateway } from '../_support/whatsapp.ts'

const log = memoryLog()
let gateway: WhatsAppGateway
let sender: TestChannel
/** Messages sent by earlier tests. */
let sentBefore = 0
beforeAll(async () => {
  gateway = await startWhatsAppGateway({ log, env: { CATRACA_ADMIN_TOKEN: adminToken, CATRACA_PUBLIC_URL: 'https://ia.example.com' } })
  sender = await gateway.addChannel()
})
afterAll(() => gateway.close())
beforeEach(async () => {
  await gateway.database.query('truncate notification_deliveries, notification_channels, alerts')
  sentBefore = gateway.graph.sent().length
})

const owner = '+5511987654321'
const sent = () => gateway.graph.sent().slice(sentBefore)

async function ask<Body>(method: string, path: string, body?: object): Promise<{ status: number; body: Body }> {
  const answer = await fetch(`${gateway.url}/api/admin${path}`, {
    method,
    headers: { authorization: `Bearer ${adminToken}` },
    ...(body && { body: JSON.stringify(body) }),
  })
  return { status: answer.status, body: (await answer.json()) as Body }
}

interface ChannelBody {
  id: string
}
const template = () => ({ whatsapp_channel: sender.phoneNumberId, template_name: 'alerta_de_uso' })
const add = async (body: object = {}) =>
  (await ask<ChannelBody>('POST', '/notification-channels', { kind: 'whatsapp', address: owner, ...template(), ...body })).body
const test = async ({ id }: ChannelBody) => (await ask('POST', `/notification-channels/${id}/test`)).body
const logOf = (alert: string) =>
  gateway.database.query<{ status: string }>(
    'select attempt, status, response_code, error from notification_deliveries where alert_id = $1 order by id',
    [alert],
  )

it('a client that passes its limit is told by template, and so is the operator, each in its language', async () => {
  expect(await add({ client: 'agencia' })).toMatchObject({ whatsapp_channel: sender.id, template_language: 'pt_BR', signed: false })
  await add({ locale: 'en', template_name: 'usage_alert', template_language: 'en', address: '+15550001111' })
  await ask('PUT', '/clients/agencia/budgets/tokens/daily', { limit: '10', hard: false })
  const call = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.client.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'oi [[emulate usage=20/20]]' }] }),
  })
  expect(call.status).toBe(200)
  // 80, 90, 100 % and the limit itself.
  await vi.waitFor(() => expect(sent()).toHaveLength(8), { timeout: 30_000, interval: 50 })
  const toClient = sent().filter(({ to }) => to === '5511987654321')
  expect(toClient.map(({ parameters }) => parameters[1]).sort()).toEqual([
    'agencia passou do orçamento diário',
    'agencia usou 100 % do orçamento diário',
    'agencia usou 80 % do orçamento diário',
    'agencia usou 90 % do orçamento diário',
  ])
  expect(toClient[0]).toMatchObject({ type: 'template', template: 'alerta_de_uso', language: 'pt_BR', phoneNumberId: sender.phoneNumberId })
  expect(toClient[0]?.parameters).toEqual([
    'agencia',
    expect.any(String),
    '40 tokens',
    '10 tokens',
    expect.stringMatching(/^\d\d\/\d\d\/\d{4}, 00:00 \(America\/Sao_Paulo\)$/),
    'https://ia.example.com/portal',
  ])
  const toOperator = sent().find(({ to, parameters }) => to === '15550001111' && parameters[1]?.includes('80 %'))
  expect(toOperator).toMatchObject({ template: 'usage_alert', language: 'en' })
  expect(toOperator?.parameters.slice(0, 4)).toEqual(['agencia', 'agencia used 80 % of its daily budget', '40 tokens', '10 tokens'])
  expect(toOperator?.parameters.at(-1)).toBe('https://ia.example.com/clients/agencia')
})

it('says why Meta did not take it, tries again by itself, and again when somebody asks', async () => {
  const channel = await add()
  const restore = gateway.graph.inject({ to: '5511987654321', status: 429, code: 130429, message: 'Rate limit hit' })
  const [alert] = await gateway.database.query<{ id: string }>(
    `insert into alerts (kind, dedupe_key, details) values ('dead_letter', gen_random_uuid()::text,
       '{"dead_letter_id": "7", "call_id": null, "error": "a\\nb\\tc          d"}') returning id`,
  )
  const id = alert?.id ?? ''
  await vi.waitFor(async () => expect((await logOf(id))[0]).toMatchObject({ status: 'failed', response_code: 130429 }), {
    timeout: 30_000,
    interval: 50,
  })
  expect((await logOf(id))[0]).toMatchObject({ error: 'Graph API: 130429 (#130429) Rate limit hit' })
  restore()
  expect((await ask('POST', `/alerts/${id}/resend`)).status).toBe(200)
  await vi.waitFor(async () => expect((await logOf(id)).at(-1)).toMatchObject({ status: 'sent', response_code: 200 }), {
    timeout: 30_000,
    interval: 50,
  })
  // Without a budget there are no figures, and places are never empty.
  expect(sent().map(({ parameters, messageId }) => ({ parameters, messageId }))).toEqual([
    {
      parameters: ['-', 'Um registro não pôde ser contabilizado', '-', '-', '-', 'https://ia.example.com/alerts'],
      messageId: expect.stringMatching(new RegExp(`^${id}\\.${channel.id}\\.\\d+$`)),
    },
  ])
  expect(log.lines.join('\n')).not.toContain('5511987654321')
})

it('notes in the log what Meta took and could not deliver', { timeout: 60_000 }, async () => {
  const channel = await add()
  const [alert] = await gateway.database.query<{ id: string }>(
    `insert into alerts (kind, dedupe_key, details) values ('dead_letter', gen_random_uuid()::text,
       '{"dead_letter_id": "7", "call_id": null, "error": "x"}') returning id`,
  )
  const id = alert?.id ?? ''
  const last = async () => (await logOf(id)).at(-1)
  const state = async () => {
    const { items } = (await ask<{ items: { id: string; delivery: string }[] }>('GET', '/alerts')).body
    return items.find((one) => one.id === id)?.delivery
  }
  await vi.waitFor(async () => expect(await last()).toMatchObject({ attempt: 1, status: 'sent' }), { timeout: 30_000, interval: 50 })
  expect(await state()).toBe('delivered')
  const errors = [{ code: 131049, title: 'Not delivered to 5511987654321' }]
  const tell = async (from: TestChannel, status: string, rest: object = {}) => {
    const [message] = sent()
    if (!message) throw new Error('nothing was sent')
    const statuses = [graphStatus({ wamid: message.wamid, to: message.to, messageId: message.messageId }, status, rest)]
    expect((await deliver(from.webhook, graphDelivery(from.phoneNumberId, { statuses }), appSecret)).status).toBe(200)
  }
  await tell(sender, 'delivered')
  // Another number of ours says nothing of what this one sent.
  await tell(await gateway.addChannel(), 'failed', { errors })
  expect(await last()).toMatchObject({ status: 'sent' })
  await tell(sender, 'failed', { errors })
  const failed = { attempt: 1, status: 'failed', response_code: 131049, error: 'Meta: 131049 Not delivered to …' }
  expect(await last()).toEqual(failed)
  expect(await state()).toBe('failed')
  const path = `/notification-channels/${channel.id}`
  expect((await ask('GET', path)).body).toMatchObject({ last_error_code: 'meta_failed', failing_since: expect.any(String) })
  // Sent again it is another row, and what is said of the first stays with the first.
  await ask('POST', `/alerts/${id}/resend`)
  await vi.waitFor(async () => expect(await last()).toMatchObject({ attempt: 2, status: 'sent' }), { timeout: 30_000, interval: 50 })
  await tell(sender, 'failed', { errors })
  expect((await logOf(id)).map(({ status }) => status)).toEqual(['failed', 'sent'])
  expect((await ask('GET', path)).body).toMatchObject({ last_error_code: null, failing_since: null })
  expect(await state()).toBe('delivered')
})

it('says in words what a channel lacks', async () => {
  const refusals = [
    await ask('POST', '/notification-channels', { kind: 'whatsapp', address: owner }),
    await ask('POST', '/notification-channels', { kind: 'whatsapp', address: owner, ...template(), template_name: 'Not A Name' }),
    await ask('POST', '/notification-channels', { kind: 'email', address: 'a@b.example', ...template() }),
    await ask('POST', '/notification-channels', { kind: 'whatsapp', address: owner, ...template(), whatsapp_channel: '1' }),
  ]
  expect(refusals.map(({ status }) => status)).toEqual([400, 400, 400, 404])
  // A column of the client's says a phone and nothing else: the template is said here.
  await ask('PATCH', '/clients/agencia', { notification_whatsapp: owner })
  const [follows] = (await ask<ChannelBody[]>('GET', '/notification-channels')).body
  const channel = follows ?? { id: '' }
  expect(await test(channel)).toMatchObject({
    delivered: false,
    error: expect.stringContaining('notify template'),
    error_code: 'no_template',
  })
  expect((await ask('PATCH', `/notification-channels/${channel.id}`, template())).body).toMatchObject({ failing_since: null })
  expect(await test(channel)).toEqual({ delivered: true, response_code: 200, error: null, error_code: null })
  expect(sent().at(-1)?.parameters).toEqual(['-', 'um teste deste canal', '-', '-', '-', 'https://ia.example.com/portal'])
  gateway.graph.inject({ to: '5511987654321', status: 400, code: 132001, message: 'Template name does not exist', times: 1 })
  expect(await test(channel)).toMatchObject({ delivered: false, response_code: 132001, error_code: 'meta_refused' })
  const mute = await gateway.addChannel({ access_token_secret_id: null })
  await ask('PATCH', `/notification-channels/${channel.id}`, { whatsapp_channel: mute.id })
  expect(await test(channel)).toMatchObject({ delivered: false, error: expect.stringContaining('no access token') })
  await gateway.database.query('delete from whatsapp_channels where id = $1', [mute.id])
  expect((await ask<object>('GET', `/notification-channels/${channel.id}`)).body).toMatchObject({ whatsapp_channel: null })
  expect(await test(channel)).toMatchObject({ delivered: false, error: expect.stringContaining('no number') })
  await ask('PATCH', '/clients/agencia', { notification_whatsapp: null })
})
