import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { adminToken } from '../_support/admin-client.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { type SmtpReceiver, startSmtpReceiver } from '../_support/smtp-receiver.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../_support/webhook-receiver.ts'

let gateway: TestGateway
let hook: WebhookReceiver
let smtp: SmtpReceiver

beforeAll(async () => {
  hook = await startWebhookReceiver()
  smtp = await startSmtpReceiver()
  gateway = await startTestGateway({
    env: {
      CATRACA_ADMIN_TOKEN: adminToken,
      CATRACA_ALLOW_LOCAL_WEBHOOKS: 'true',
      CATRACA_SMTP_URL: smtp.url,
      CATRACA_MAIL_FROM: 'alertas@catraca.example',
      CATRACA_PUBLIC_URL: 'https://ia.example.com',
    },
  })
})
afterAll(async () => {
  await gateway.close()
  await hook.close()
  await smtp.close()
})

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
  secret: string
}

it('a client that passes its limit is told, and so is the operator, from the call to the inbox', async () => {
  const webhook = (await ask<ChannelBody>('POST', '/notification-channels', { kind: 'webhook', address: hook.url })).body
  const email = (
    await ask<ChannelBody>('POST', '/notification-channels', { client: 'agencia', kind: 'email', address: 'dona@agencia.example' })
  ).body
  expect([webhook.secret, email]).toMatchObject([expect.stringMatching(/^whsec_/), { secret: null, client: 'agencia', active: true }])
  await ask('PUT', '/clients/agencia/budgets/tokens/daily', { limit: '10', hard: false })
  const call = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.client.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'oi [[emulate usage=20/20]]' }] }),
  })
  expect(call.status).toBe(200)
  // 80, 90, 100 % and the limit itself.
  await vi.waitFor(() => expect([smtp.received.length, hook.received.length]).toEqual([4, 4]), { timeout: 20_000, interval: 50 })
  expect(smtp.received.map(({ mail }) => mail.subject)).toContain('[Catraca] agencia passou do orçamento diário')
  const ids = hook.received.map(({ headers, body }) => {
    return (new Webhook(webhook.secret).verify(body, headers as Record<string, string>) as { data: { id: string } }).data.id
  })
  expect(new Set(ids).size).toBe(4)

  const [id] = ids
  await vi.waitFor(async () => {
    const { body } = await ask<{ status: string }[]>('GET', `/alerts/${id}/deliveries`)
    expect(body.map(({ status }) => status)).toEqual(['sent', 'sent'])
  })
  const ofChannel = (query = '') => ask<{ items: object[]; next: string }>('GET', `/notification-channels/${webhook.id}/deliveries${query}`)
  const first = (await ofChannel('?limit=3')).body
  expect(first.items[0]).toMatchObject({
    alert: { kind: expect.stringMatching(/^budget_/), client: 'agencia' },
    status: 'sent',
    attempt: 1,
  })
  expect((await ofChannel(`?limit=3&cursor=${first.next}`)).body).toMatchObject({ items: [{ status: 'sent' }], next: null })
  expect((await ask('POST', `/alerts/${id}/resend`)).body).toEqual({ queued: 2 })
  await vi.waitFor(() => expect([smtp.received.length, hook.received.length]).toEqual([5, 5]), { timeout: 10_000 })
  expect((await ask('POST', `/alerts/${crypto.randomUUID()}/resend`)).status).toBe(404)
})

it('channels are tried, changed, listed and removed', async () => {
  const { id } = (await ask<ChannelBody>('POST', '/notification-channels', { kind: 'webhook', address: `${hook.url}/second` })).body
  const path = `/notification-channels/${id}`
  expect((await ask('POST', `${path}/test`)).body).toEqual({ delivered: true, response_code: 200, error: null, error_code: null })
  const log = await ask<{ items: object[] }>('GET', `${path}/deliveries`)
  expect(log.body.items).toMatchObject([{ alert: null, status: 'sent', response_code: 200, attempted_at: expect.any(String) }])
  expect((await ask('POST', `${path}/secret`)).body).toEqual({ secret: expect.stringMatching(/^whsec_/) })
  expect((await ask('PATCH', path, { active: false, locale: 'en', alert_kinds: ['dead_letter'] })).body).toMatchObject({
    active: false,
    locale: 'en',
    alert_kinds: ['dead_letter'],
    signed: true,
    failing: false,
  })
  expect((await ask<ChannelBody[]>('GET', '/notification-channels?client=agencia')).body).toHaveLength(1)
  expect((await ask<ChannelBody[]>('GET', '/notification-channels')).body.some((channel) => channel.id === id)).toBe(true)
  expect((await ask('PATCH', path, { address: 'https://[::ffff:169.254.169.254]/' })).status).toBe(400)
  expect((await ask('DELETE', path)).body).toEqual({ removed: true })
  expect((await ask('GET', path)).status).toBe(404)
  const audited = await gateway.database.query(
    "select actor, action from audit_log where table_name = 'notification_channels' and row_id = $1 order by id",
    [id],
  )
  expect(audited.map((row) => Object.values(row).join(' '))).toEqual(
    ['insert', 'update', 'update', 'delete'].map((action) => `admin token ${action}`),
  )
})

it('a client’s columns are its simple form', async () => {
  const set = (body: object) => ask<{ error?: { message: string } }>('PATCH', '/clients/agencia', body)
  expect((await set({ notification_webhook_url: 'https://192.168.0.1/' })).body.error?.message).toContain('not public')
  expect((await set({ notification_email: 'a, b' })).status).toBe(400)
  expect((await set({ notification_webhook_url: `${hook.url}/simple`, notification_whatsapp: null })).status).toBe(200)
  const simple = async () =>
    (await ask<{ follows_client: boolean }[]>('GET', '/notification-channels?client=agencia')).body.filter((one) => one.follows_client)
  expect(await simple()).toMatchObject([{ kind: 'webhook', address: `${hook.url}/simple`, signed: false }])
  expect((await set({ notification_webhook_url: null })).status).toBe(200)
  expect(await simple()).toEqual([])
})

it('one that has failed for three days needs attention', async () => {
  await gateway.database.query(
    `update notification_channels set failing_since = now() - interval '73 hours', last_error = 'answered 500', last_error_code = 'answered' where kind = 'email'`,
  )
  const { body } = await ask<{ attention: object[] }>('GET', '/overview')
  expect(body.attention).toContainEqual(
    expect.objectContaining({
      kind: 'failing_channel',
      channel: 'email',
      client: 'agencia',
      error: 'answered 500',
      error_code: 'answered',
    }),
  )
})
