import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AdminApi } from '../../src/http/admin/index.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'

const token = 'test-admin-token-of-32-characters'
let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({ env: { CATRACA_ADMIN_TOKEN: token } })
})
afterAll(() => gateway.close())

async function get<Route extends keyof AdminApi & `GET ${string}`>(_route: Route, path: string): Promise<AdminApi[Route]['output']> {
  const answer = await fetch(`${gateway.url}/api/admin${path}`, { headers: { authorization: `Bearer ${token}` } })
  expect(answer.status).toBe(200)
  return (await answer.json()) as AdminApi[Route]['output']
}
const channels = () => get('GET /whatsapp/channels', '/whatsapp/channels')
const messages = (query = '') => get('GET /whatsapp/messages', `/whatsapp/messages${query}`)

it('shows that nothing is there', async () => {
  expect(await channels()).toEqual([])
  expect(await messages()).toMatchObject({ items: [], next: null })
})

it('shows channels and messages without secrets or whole numbers', async () => {
  const [channel] = await gateway.database.query<{ id: string }>(
    `insert into whatsapp_channels (client_id, phone_number_id, display_phone_number, access_token_secret_id, app_secret_secret_id)
     values ($1, '1055', '+55 51 3333-4444', gen_random_uuid(), gen_random_uuid()) returning id`,
    [gateway.client.id],
  )
  const [conversation] = await gateway.database.query<{ id: string }>(
    "insert into conversations (client_id, channel_id, phone, status) values ($1, $2, '5551998761234', 'human') returning id",
    [gateway.client.id, channel?.id],
  )
  for (const [direction, status, minutes] of [
    ['in', 'received', 3],
    ['out', 'sent', 2],
    ['out', 'failed', 1],
  ] as const) {
    await gateway.database.query(
      `insert into messages (client_id, conversation_id, direction, body, status, created_at)
       values ($1, $2, $3, 'mensagem', $4, now() - make_interval(mins => $5))`,
      [gateway.client.id, conversation?.id, direction, status, minutes],
    )
  }
  const [shown] = await channels()
  expect(shown).toMatchObject({
    client: 'agencia',
    phone: '+5551••••4444',
    health: 'incomplete',
    has_access_token: true,
    has_app_secret: true,
    has_verify_token: false,
    conversations: 1,
    conversations_with_human: 1,
    failed: 1,
    last_received_at: expect.any(String),
  })
  expect(JSON.stringify(shown)).not.toContain('secret_id')
  await gateway.database.query('update whatsapp_channels set verify_token_secret_id = gen_random_uuid()')
  expect(await channels()).toMatchObject([{ health: 'failing' }])
  await gateway.database.query("update messages set status = 'sent'")
  expect(await channels()).toMatchObject([{ health: 'ready', failed: 0 }])
  await gateway.database.query('update whatsapp_channels set is_active = false')
  expect(await channels()).toMatchObject([{ health: 'off' }])

  const first = await messages('?limit=2')
  expect(first.items).toMatchObject([
    { direction: 'out', phone: '5551•••••1234', handled_by: 'human', text: 'mensagem', client: 'agencia' },
    { direction: 'out' },
  ])
  expect((await messages(`?limit=2&cursor=${first.next}`)).items).toMatchObject([{ direction: 'in' }])
  expect((await messages('?direction=in')).items).toHaveLength(1)
  const other = await gateway.addClient({ slug: 'outra' })
  expect((await messages(`?client=${other.id}`)).items).toEqual([])
})
