import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { type CliRun, runCommand } from '../../tests/_support/terminal.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../../tests/_support/webhook-receiver.ts'
import { generateMasterKey } from '../vault/index.ts'

let test: TestDatabase
let hook: WebhookReceiver
let env: Record<string, string>
const run = (...argv: string[]): Promise<CliRun> => runCommand(env, ...argv)

beforeAll(async () => {
  test = await createTestDatabase()
  hook = await startWebhookReceiver()
  env = { DATABASE_URL: test.url, CATRACA_MASTER_KEY: generateMasterKey(), CATRACA_ALLOW_LOCAL_WEBHOOKS: 'true' }
  await run('client', 'add', '--slug', 'luisboff', '--name', 'Luis Boff')
})
afterAll(async () => {
  await hook.close()
  await test.drop()
})

it('adds, tries, lists, switches and removes', async () => {
  expect((await run('notify', 'list')).stdout).toContain('Nobody is told of alerts')
  const { id, secret } = (await run('notify', 'add', 'webhook', hook.url, '--alerts', 'dead_letter', '--json')).json<{
    id: string
    secret: string
  }>()
  expect((await run('notify', 'test', id)).stdout).toBe('Taken (200).\n')
  const { body, headers } = hook.received[0] as (typeof hook.received)[number]
  expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toMatchObject({ type: 'test' })
  expect((await run('notify', 'secret', id)).stdout).toMatch(/^whsec_\S{44}\n$/)
  hook.answer = (response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end()
  const refused = await run('notify', 'test', id)
  expect([refused.code, refused.stdout]).toEqual([1, 'Not taken (302): redirected (302), which is not followed: set the final URL\n'])

  const email = (await run('notify', 'add', 'email', 'ana@example.com', '--client', 'luisboff', '--json')).json<{ id: string }>()
  expect((await run('notify', 'off', email.id)).stdout).toBe('ana@example.com is off.\n')
  expect((await run('notify', 'list')).stdout).toMatch(
    /^ID +OF +KIND +ADDRESS +ALERTS +STATE\n\S+ +operator +webhook +http\S+ +dead_letter +on *\n\S+ +luisboff +email +ana@example\.com +all +off *\n$/,
  )
  expect((await run('notify', 'test', email.id)).stdout).toContain('CATRACA_SMTP_URL')
  expect((await run('notify', 'remove', email.id)).stdout).toBe('ana@example.com is told of nothing any more.\n')
  expect((await run('notify', 'remove', email.id)).stderr).toContain('There is no notification channel')
})

it('takes no address that is none, and none inside the network', async () => {
  const wrong = await run('notify', 'add', 'webhook', 'https://169.254.169.254/latest')
  expect([wrong.code, wrong.stderr]).toEqual([
    1,
    "catraca: A webhook's URL goes to a host on the internet, and this address is not public.\n",
  ])
  expect((await run('notify', 'add', 'pigeon', 'x')).code).toBe(2)
  const local = await runCommand({ ...env, NODE_ENV: 'production' }, 'notify', 'add', 'webhook', hook.url)
  expect(local.stderr).toContain('begins with https://')
})

it('sends an alert again, and shows its deliveries', async () => {
  const [row] = await test.database.query<{ id: string }>(
    `insert into alerts (kind, details, dedupe_key) values ('dead_letter', '{"dead_letter_id": 1, "call_id": null, "error": "x"}', 'x') returning id`,
  )
  const id = row?.id ?? ''
  expect((await run('alerts', 'deliveries', id)).stdout).toBe('It was sent to nobody but the log.\n')
  expect((await run('alerts', 'resend', id)).stdout).toBe('Queued for 1 channel.\n')
  expect((await run('alerts', 'deliveries', id, '--json')).json()).toMatchObject([{ kind: 'webhook', attempt: 1, status: 'pending' }])
  expect((await run('alerts', 'resend', crypto.randomUUID())).stderr).toContain('There is no alert')
  expect((await run('alerts', '--json')).json()).toMatchObject([{ id }])
})
