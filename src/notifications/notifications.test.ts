import { setTimeout as delay } from 'node:timers/promises'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { addBudget, addClient, memoryLog } from '../../tests/_support/ledger.ts'
import { type SmtpReceiver, startSmtpReceiver } from '../../tests/_support/smtp-receiver.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../../tests/_support/webhook-receiver.ts'
import type { Queryable } from '../database/index.ts'
import { startJobs } from '../jobs/index.ts'
import { Secret } from '../shared/secret.ts'
import { generateMasterKey, masterKeyFromText, openVault, type Vault } from '../vault/index.ts'
import {
  addChannel,
  type ChannelAdmin,
  type ChannelWish,
  changeChannel,
  createNotifier,
  createSenders,
  findDeliveryStates,
  getChannel,
  isFailing,
  listChannels,
  listDeliveries,
  type Notifier,
  removeChannel,
  renewSecret,
  resendAlert,
} from './index.ts'
import { claimDeliveries } from './sql/claim-deliveries.ts'
import { noteFailed } from './sql/note-failed.ts'
import { noteSent } from './sql/note-sent.ts'
import { noteTest } from './sql/note-test.ts'
import { queueNotifications } from './sql/queue-notifications.ts'

let db: TestDatabase
let vault: Vault
let smtp: SmtpReceiver
let hook: WebhookReceiver
let admin: ChannelAdmin
let notifier: Notifier
let client: string
const log = memoryLog()

beforeAll(async () => {
  db = await createTestDatabase()
  vault = await openVault({ database: db.database, masterKey: masterKeyFromText(generateMasterKey()) })
  smtp = await startSmtpReceiver()
  hook = await startWebhookReceiver()
  admin = { db: db.database, vault, allowsLocal: true }
  notifier = makeNotifier()
})
beforeEach(async () => {
  await db.database.query('truncate notification_deliveries, notification_channels, alerts')
  client = await addClient(db.database, { timeZone: 'America/Manaus' })
  smtp.received.length = 0
  smtp.refuses.clear()
  hook.received.length = 0
  hook.answer = (response) => response.end('ok')
  log.lines.length = 0
})
afterAll(async () => {
  await hook.close()
  await smtp.close()
  await db.drop()
})

function makeNotifier(options: { smtpUrl?: string } = {}): Notifier {
  const senders = createSenders({
    vault,
    allowsLocal: true,
    smtpUrl: new Secret(options.smtpUrl ?? smtp.url),
    mailFrom: 'Catraca <alertas@catraca.example>',
  })
  return createNotifier({ database: db.database, senders, publicUrl: 'https://ia.example.com', log })
}

const add = (wish: Partial<ChannelWish> & Pick<ChannelWish, 'kind' | 'address'>) => addChannel(admin, { clientId: undefined, ...wish })

/** 80 % of R$ 50,00, and what the channels do with it. */
async function alertOf(clientId: string): Promise<string> {
  const budget = await addBudget(db.database, clientId, { type: 'brl', limit: 50, period: 'monthly' })
  const [row] = await db.database.query<{ id: string }>(
    `insert into alerts (kind, client_id, budget_id, period_start, threshold, used, "limit", details, dedupe_key)
     values ('budget_threshold', $1, $2, '2026-11-01T04:00:00Z', 80, 40010000000, 50000000000,
       '{"budget_type": "brl", "budget_period": "monthly", "is_hard": true, "period_end": "2026-12-01T04:00:00Z", "time_zone": "America/Manaus"}', $3)
     returning id`,
    [clientId, budget, crypto.randomUUID()],
  )
  return row?.id ?? ''
}

async function deadLetter(): Promise<string> {
  const [row] = await db.database.query<{ id: string }>(
    `insert into alerts (kind, details, dedupe_key)
     values ('dead_letter', '{"dead_letter_id": 7, "call_id": null, "error": "<b>bad</b>"}', $1) returning id`,
    [crypto.randomUUID()],
  )
  return row?.id ?? ''
}

/** All that is due now, until nothing is. */
async function sendAll(): Promise<number> {
  for (let count = 0; ; ) {
    const claimed = await notifier.claim(16, 60_000)
    if (claimed.length === 0) return count
    count += claimed.length
    await Promise.all(claimed.map((one) => notifier.send(one)))
  }
}

const give = async (alertId: string) => {
  const [alert] = await db.database.query<{ id: string }>('select id from alerts where id = $1', [alertId])
  await notifier.deliverer.deliver(alert as never)
}
const logOf = async (alertId: string) =>
  (await listDeliveries(db.database, alertId)).map(({ attempt, status, response_code, error }) => [attempt, status, response_code, error])

describe('an alert', () => {
  it('goes to the client by e-mail in its language, with the numbers, the reset by its clock and a link', async () => {
    await add({ clientId: client, kind: 'email', address: 'dona@cliente.example' })
    const id = await alertOf(client)
    await give(id)
    await sendAll()
    expect(smtp.received).toHaveLength(1)
    const [{ to, mail }] = smtp.received as [SmtpReceiver['received'][number]]
    const [channel] = await listChannels(db.database)
    expect(to).toEqual(['dona@cliente.example'])
    expect(mail.from?.text).toBe('"Catraca" <alertas@catraca.example>')
    expect(mail.messageId).toBe(`<${id}.${channel?.id}@catraca.example>`)
    expect(mail.subject).toBe(`[Catraca] c-${client} usou 80 % do orçamento mensal`)
    expect(mail.text?.trim()).toBe(
      [
        `c-${client} usou 80 % do orçamento mensal: R$ 40,01 de R$ 50,00, até 01/12/2026, 00:00 (America/Manaus).`,
        '',
        `Cliente: c-${client}`,
        'Orçamento: mensal, em reais; as chamadas param no limite',
        'Usado: R$ 40,01',
        'Limite: R$ 50,00',
        'Percentual: 80 %',
        'Renova em: 01/12/2026, 00:00 (America/Manaus)',
        '',
        'Abrir no Catraca: https://ia.example.com/portal',
        '',
        `Alerta ${id}.${channel?.id}`,
      ].join('\n'),
    )
    expect(mail.html).toContain('<a href="https://ia.example.com/portal">Abrir no Catraca</a>')
    expect(await logOf(id)).toEqual([[1, 'sent', 250, null]])
  })

  it('goes to the operator in the language of the channel, whatever client it is about, and is escaped in HTML', async () => {
    await add({ kind: 'email', address: 'ops@catraca.example', locale: 'en' })
    await give(await alertOf(client))
    await give(await deadLetter())
    await sendAll()
    expect(smtp.received.map(({ mail }) => mail.subject).sort()).toEqual([
      '[Catraca] A record could not be booked',
      `[Catraca] c-${client} used 80 % of its monthly budget`,
    ])
    const [budget, letter] = smtp.received.map(({ mail }) => mail).toSorted((a, b) => String(b.subject).localeCompare(String(a.subject)))
    expect(budget?.text).toContain('Used of it: 80 %\nResets: 2026-12-01 00:00 (America/Manaus)')
    expect(budget?.text).toContain(`https://ia.example.com/clients/c-${client}`)
    expect(letter?.html).toContain('&lt;b&gt;bad&lt;/b&gt;')
    expect(letter?.html).not.toContain('<b>bad')
  })

  it('goes to webhooks signed as the standard says, under one id however often it is sent', async () => {
    const { channel, secret = '' } = await add({ kind: 'webhook', address: `${hook.url}/hook` })
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    const id = await alertOf(client)
    await give(id)
    await give(id)
    expect(await sendAll()).toBe(1)
    await resendAlert(db.database, id)
    expect(await sendAll()).toBe(1)
    expect(hook.received.map(({ headers }) => headers['webhook-id'])).toEqual(Array(2).fill(`${id}.${channel.id}`))
    for (const { headers, body } of hook.received) {
      const payload = new Webhook(secret).verify(body, headers as Record<string, string>)
      expect(payload).toMatchObject({
        type: 'budget_threshold',
        data: { id, kind: 'budget_threshold', client: `c-${client}`, threshold: 80, used: '40.01', limit: '50', link: expect.any(String) },
      })
      expect(() => new Webhook(secret).verify(`${body} `, headers as Record<string, string>)).toThrow()
    }
    expect(await logOf(id)).toEqual([
      [1, 'sent', 200, null],
      [2, 'sent', 200, null],
    ])
    // A new secret is the only one that counts.
    const next = await renewSecret(admin, channel.id)
    expect(await notifier.test(channel.id)).toEqual({ delivered: true, responseCode: 200, error: null, errorCode: null })
    const { headers, body } = hook.received[2] as (typeof hook.received)[number]
    expect(new Webhook(next).verify(body, headers as Record<string, string>)).toMatchObject({ type: 'test' })
    expect(() => new Webhook(secret).verify(body, headers as Record<string, string>)).toThrow()
    expect(headers['webhook-id']).toMatch(/^test-/)
  })

  it('goes where its owner and the kinds say', async () => {
    const other = await addClient(db.database)
    await add({ kind: 'webhook', address: `${hook.url}/all` })
    await add({ kind: 'webhook', address: `${hook.url}/letters`, alertKinds: ['dead_letter'] })
    await add({ clientId: client, kind: 'webhook', address: `${hook.url}/client` })
    await add({ clientId: other, kind: 'webhook', address: `${hook.url}/other` })
    const off = await add({ kind: 'webhook', address: `${hook.url}/off` })
    await changeChannel(admin, off.channel.id, { isActive: false })
    await give(await alertOf(client))
    await give(await deadLetter())
    await sendAll()
    expect(hook.received.map(({ path }) => path).sort()).toEqual(['/all', '/all', '/client', '/letters'])
  })
})

describe('a channel', () => {
  const address = 'dona@cliente.example'

  it('is there once for an owner, a kind and an address', async () => {
    await add({ clientId: client, kind: 'email', address })
    const double = add({ clientId: client, kind: 'email', address: 'Dona@Cliente.example' })
    await expect(double).rejects.toMatchObject({ code: 'invalid_body', details: { reason: 'channel_exists' } })
    await expect(double).rejects.toThrow('There is already a channel of kind email to Dona@Cliente.example here')
    // The operator's own, another client's and another kind are other channels.
    await add({ kind: 'email', address })
    await expect(add({ kind: 'email', address })).rejects.toThrow('already a channel')
    await add({ clientId: await addClient(db.database), kind: 'email', address })
    const { channel } = await add({ clientId: client, kind: 'email', address: 'other@cliente.example' })
    await expect(changeChannel(admin, channel.id, { address })).rejects.toThrow('already a channel')
    expect((await changeChannel(admin, channel.id, { address: 'Other@cliente.example' })).address).toBe('Other@cliente.example')
    // A URL is another one with another letter.
    await add({ kind: 'webhook', address: `${hook.url}/a` })
    await add({ kind: 'webhook', address: `${hook.url}/A` })
  })

  it('follows its client once the client’s column says its address', async () => {
    const set = (email: string | null) => db.database.query('update clients set notification_email = $2 where id = $1', [client, email])
    await set('first@cliente.example')
    const { channel } = await add({ clientId: client, kind: 'email', address, alertKinds: ['budget_exceeded'] })
    await set(address)
    const own = { id: channel.id, address, followsClient: true, alertKinds: ['budget_exceeded'] }
    expect(await listChannels(db.database, { clientId: client })).toMatchObject([own])
    await set('last@cliente.example')
    expect(await listChannels(db.database, { clientId: client })).toMatchObject([{ ...own, address: 'last@cliente.example' }])
    await set(null)
    expect(await listChannels(db.database, { clientId: client })).toEqual([])
  })
})

describe('what became of an alert', () => {
  const stateOf = async (id: string) => {
    const [row] = await db.database.query<{ delivered_at: Date | null }>('select delivered_at from alerts where id = $1', [id])
    return (await findDeliveryStates(db.database, [{ id, deliveredAt: row?.delivered_at ?? null }])).get(id)
  }
  const handOver = async (id: string) => {
    await give(id)
    await db.database.query('update alerts set delivered_at = now() where id = $1', [id])
  }

  it('is what the delivery log knows', async () => {
    const alone = await deadLetter()
    expect(await stateOf(alone)).toBe('waiting')
    await handOver(alone)
    expect(await stateOf(alone)).toBe('no_channel')
    const { channel: good } = await add({ kind: 'email', address: 'ops@example.com' })
    await add({ kind: 'email', address: 'away@example.com' })
    smtp.refuses.add('away@example.com')
    const id = await deadLetter()
    await handOver(id)
    expect(await stateOf(id)).toBe('waiting')
    await sendAll()
    // The refused one is tried again later, and has failed until then.
    expect(await stateOf(id)).toBe('partly')
    smtp.refuses.add('ops@example.com')
    const both = await deadLetter()
    await handOver(both)
    await sendAll()
    expect(await stateOf(both)).toBe('failed')
    smtp.refuses.clear()
    await resendAlert(db.database, both)
    expect(await stateOf(both)).toBe('waiting')
    await sendAll()
    expect(await stateOf(both)).toBe('delivered')
    expect((await logOf(both)).length).toBeGreaterThan(2)
    await removeChannel(db.database, good.id)
    expect(await stateOf(both)).toBe('delivered')
  })
})

describe('a client’s own columns', () => {
  it('are channels, which follow them', async () => {
    const set = (values: string) => db.database.query(`update clients set ${values} where id = $1`, [client])
    await set(`notification_email = ' dona@cliente.example ', notification_webhook_url = '${hook.url}/simple'`)
    const [email, webhook] = await listChannels(db.database, { clientId: client })
    expect([email, webhook]).toMatchObject([
      { kind: 'email', address: 'dona@cliente.example', followsClient: true },
      { kind: 'webhook', secretId: null, followsClient: true },
    ])
    await give(await alertOf(client))
    await sendAll()
    expect([smtp.received.length, hook.received.length]).toEqual([1, 1])
    expect(hook.received[0]?.headers['webhook-signature']).toBeUndefined()
    const secret = await renewSecret(admin, webhook?.id ?? '')
    await set(`notification_webhook_url = '${hook.url}/moved', notification_email = null`)
    expect(await listChannels(db.database, { clientId: client })).toMatchObject([{ id: webhook?.id, address: `${hook.url}/moved` }])
    await notifier.test(webhook?.id ?? '')
    const { headers, body, path } = hook.received[1] as (typeof hook.received)[number]
    expect([path, new Webhook(secret).verify(body, headers as Record<string, string>)]).toMatchObject(['/moved', { type: 'test' }])
    await expect(removeChannel(db.database, webhook?.id ?? '')).rejects.toThrow('notification_webhook_url')
    await expect(changeChannel(admin, webhook?.id ?? '', { address: hook.url })).rejects.toThrow('notification_webhook_url')
  })
})

describe('a channel', () => {
  it.each([
    ['email', 'ana'],
    ['email', 'ana@example.com, bia@example.com'],
    ['email', 'ana@example.com\r\nbcc: x@example.com'],
    ['email', '"x" <ana@example.com>'],
    ['webhook', 'https://10.0.0.1/'],
    ['whatsapp', '12'],
  ] as const)('of kind %s has no address %j', async (kind, address) => {
    await expect(add({ kind, address })).rejects.toThrow(expect.objectContaining({ code: 'invalid_body' }))
  })

  it('of a client hears of its budgets and its contacts only', async () => {
    await expect(add({ clientId: client, kind: 'email', address: 'a@b.example', alertKinds: ['dead_letter'] })).rejects.toThrow('hears of')
  })

  it('that is slow or away holds up no other, and comes back by itself', async () => {
    hook.answer = (response, { path }) => {
      if (path === '/down') response.writeHead(503).end()
      else if (path !== '/slow') response.end()
    }
    for (const path of ['slow', 'down', 'good']) await add({ kind: 'webhook', address: `${hook.url}/${path}` })
    await add({ kind: 'webhook', address: 'http://127.0.0.1:1/' })
    await add({ kind: 'email', address: 'ops@catraca.example' })
    await db.database.query(`insert into notification_channels (kind, address) values ('whatsapp', '+5511987654321')`)
    const store = { gateway: db.database, url: db.url, gatewayUrl: db.url }
    const jobs = startJobs({ store, log, notifier, deliverers: [] })
    for (let i = 0; i < 3; i += 1) await deadLetter()
    await vi.waitFor(() => expect([smtp.received.length, hook.received.filter(({ path }) => path === '/good').length]).toEqual([3, 3]), {
      timeout: 20_000,
    })
    await vi.waitFor(async () => {
      const states = (await listChannels(db.database)).map(({ kind, address, failingSince, lastError }) => [
        address.replace(hook.url, kind),
        failingSince === null ? null : lastError,
      ])
      expect(Object.fromEntries(states)).toEqual({
        'ops@catraca.example': null,
        'webhook/slow': null,
        'webhook/down': 'answered 503',
        'webhook/good': null,
        'http://127.0.0.1:1/': expect.stringContaining('ECONNREFUSED'),
        '+5511987654321': expect.stringContaining('cannot send by whatsapp'),
      })
    })
    // One request at a time: the slow one has had the first alert only.
    expect(hook.received.filter(({ path }) => path === '/slow')).toHaveLength(1)
    hook.answer = (response) => response.end()
    await db.database.query("update notification_deliveries set due_at = now() where status = 'pending' and claimed_until is null")
    await vi.waitFor(async () => {
      const down = (await listChannels(db.database)).find(({ address }) => address.endsWith('/down'))
      expect(down).toMatchObject({ failingSince: null, lastError: null, lastErrorCode: null })
    })
    hook.close()
    await jobs.stop()
    hook = await startWebhookReceiver()
  })

  it('is tried again with growing pauses; after three days the delivery is given up in words, and can be sent again', async () => {
    smtp.refuses.add('gone@example.com')
    const { channel } = await add({ kind: 'email', address: 'gone@example.com' })
    const id = await deadLetter()
    await give(id)
    await sendAll()
    const [next] = await db.database.query<{ pause: number; failures: number }>(
      `select extract(epoch from due_at - created_at)::float8 as pause, failures from notification_deliveries where status = 'pending'`,
    )
    expect(next).toEqual({ pause: 5, failures: 1 })
    // As after the last of the pauses.
    await db.database.query(`update notification_deliveries set due_at = now(), failures = 14 where status = 'pending'`)
    await sendAll()
    const refused = expect.stringContaining('no such user here')
    expect(await logOf(id)).toEqual([
      [1, 'failed', 550, refused],
      [2, 'given_up', 550, refused],
    ])
    expect(log.lines).toEqual([
      expect.stringMatching(/^\[Notifications\] alert .* by email .* is tried again: .*550/),
      expect.stringMatching(/was given up after three days/),
    ])
    await db.database.query("update notification_channels set failing_since = now() - interval '3 days'")
    const [failing] = await listChannels(db.database)
    expect(failing && isFailing(failing, Date.now())).toBe(true)
    smtp.refuses.clear()
    expect(await resendAlert(db.database, id)).toBe(1)
    await sendAll()
    expect((await logOf(id)).at(-1)).toEqual([3, 'sent', 250, null])
    expect(await getChannel(db.database, channel.id)).toMatchObject({ failingSince: null, lastError: null, lastErrorCode: null })
  })

  it('that waits for its next attempt has it at once when somebody sends the alert again', async () => {
    smtp.refuses.add('a@example.com')
    await add({ kind: 'email', address: 'a@example.com' })
    const id = await deadLetter()
    await give(id)
    await sendAll()
    smtp.refuses.clear()
    expect(await sendAll()).toBe(0)
    expect(await resendAlert(db.database, id)).toBe(1)
    expect(await sendAll()).toBe(1)
    expect((await logOf(id)).map(([attempt, status]) => [attempt, status])).toEqual([
      [1, 'failed'],
      [2, 'sent'],
    ])
    await expect(resendAlert(db.database, crypto.randomUUID())).rejects.toThrow('There is no alert')
  })

  it('of e-mail without SMTP says what is missing', async () => {
    const { channel } = await add({ kind: 'email', address: 'a@example.com' })
    const senders = createSenders({ vault, allowsLocal: false, smtpUrl: undefined, mailFrom: undefined })
    const without = createNotifier({ database: db.database, senders, publicUrl: undefined, log })
    expect(await without.test(channel.id)).toEqual({
      delivered: false,
      responseCode: null,
      error: 'e-mail is not set up: CATRACA_SMTP_URL and CATRACA_MAIL_FROM',
      errorCode: 'no_email',
    })
  })

  it('never sends a password without TLS to another machine', async () => {
    const { channel } = await add({ kind: 'email', address: 'a@example.com' })
    // localhost is this machine by name too; with requireTLS the server, which has no TLS, is refused.
    const outcome = await makeNotifier({ smtpUrl: `${smtp.url.replace('smtp://', 'smtp://user:pass@')}?requireTLS=true` }).test(channel.id)
    expect(outcome).toMatchObject({ delivered: false, error: expect.stringMatching(/STARTTLS|TLS/) })
    expect(smtp.received).toEqual([])
  })
})

it('the gateway’s own role sends, and cannot say where to', async () => {
  const { channel } = await add({ kind: 'webhook', address: hook.url })
  const id = await deadLetter()
  const asGateway = <T>(run: (tx: Queryable) => Promise<T>) =>
    db.database.transaction(async (tx) => {
      await tx.query('set local role catraca_gateway')
      return await run(tx)
    })
  const [claimed] = await asGateway(async (tx) => {
    await queueNotifications(tx, id)
    return await claimDeliveries(tx, 1, 1_000)
  })
  await asGateway(async (tx) => {
    await noteFailed(tx, { id: claimed?.id ?? 0n, responseCode: 500, error: 'answered 500', errorCode: 'answered', retryMs: 0 })
    const [again] = await claimDeliveries(tx, 1, 1_000)
    await noteSent(tx, again?.id ?? 0n, 200)
    await noteTest(tx, channel.id, { responseCode: 200, error: null, errorCode: null })
  })
  expect((await logOf(id)).map(([, status]) => status)).toEqual(['failed', 'sent'])
  expect(await getChannel(db.database, channel.id)).toMatchObject({ failingSince: null, lastError: null, lastErrorCode: null })
  for (const statement of [
    "insert into notification_channels (kind, address) values ('webhook', 'https://evil.example/')",
    "update notification_channels set address = 'https://evil.example/'",
    'delete from notification_channels',
    "update clients set notification_webhook_url = 'https://evil.example/'",
    "insert into clients (slug, name, notification_email) values ('evil', 'Evil', 'evil@evil.example')",
  ]) {
    await expect(asGateway((tx) => tx.query(statement))).rejects.toThrow('permission denied')
  }
})

it('many workers at once send each delivery once, and what a dead one had claimed comes again after its time', async () => {
  const { channel } = await add({ kind: 'webhook', address: hook.url })
  for (let i = 0; i < 5; i += 1) await add({ kind: 'webhook', address: `${hook.url}/${i}` })
  const ids = await Promise.all(Array.from({ length: 8 }, deadLetter))
  await Promise.all(ids.map(give))
  const workers = Array.from({ length: 4 }, async () => {
    for (let idle = 0; idle < 5; ) {
      const claimed = await notifier.claim(16, 60_000)
      idle = claimed.length === 0 ? idle + 1 : 0
      await Promise.all(claimed.map((one) => notifier.send(one)))
      if (claimed.length === 0) await delay(20)
    }
  })
  await Promise.all(workers)
  expect(hook.received).toHaveLength(48)
  expect(new Set(hook.received.map(({ headers }) => headers['webhook-id'])).size).toBe(48)
  const id = await deadLetter()
  await give(id)
  const lost = await notifier.claim(16, 60_000)
  expect(lost).toHaveLength(6)
  expect(await notifier.claim(16, 60_000)).toEqual([])
  await db.database.query(`update notification_deliveries set claimed_until = clock_timestamp() where status = 'pending'`)
  expect(await sendAll()).toBe(6)
  // The one that was taken for dead comes late: its delivery is done, and the log says so once.
  await notifier.send(lost.find((one) => one.channel_id === channel.id) as (typeof lost)[number])
  expect(await logOf(id)).toEqual(Array(6).fill([1, 'sent', 200, null]))
})
