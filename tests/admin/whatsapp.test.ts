import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AdminApi } from '../../src/http/admin/index.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'

const token = 'test-admin-token-of-32-characters'
let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({ env: { CATRACA_ADMIN_TOKEN: token, CATRACA_PUBLIC_URL: 'https://ia.example.com' } })
})
afterAll(() => gateway.close())

async function get<Route extends keyof AdminApi & `GET ${string}`>(_route: Route, path: string): Promise<AdminApi[Route]['output']> {
  const answer = await fetch(`${gateway.url}/api/admin${path}`, { headers: { authorization: `Bearer ${token}` } })
  expect(answer.status).toBe(200)
  return (await answer.json()) as AdminApi[Route]['output']
}
async function send(method: string, path: string, body?: object): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(`${gateway.url}/api/admin${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
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

it('lists conversations without whole numbers, and hands one over and back', async () => {
  const list = (query = '') => get('GET /whatsapp/conversations', `/whatsapp/conversations${query}`)
  await gateway.database.query("update conversations set last_message_at = now(), last_inbound_at = now() - interval '25 hours'")
  await gateway.database.query(
    "insert into conversations (client_id, phone, last_inbound_at, last_message_at) values ($1, '5551911112222', now(), now() - interval '1 hour')",
    [gateway.client.id],
  )
  const first = await list('?limit=1')
  expect(first.items).toMatchObject([
    { client: 'agencia', phone: '5551•••••1234', status: 'human', is_open: false, last_message: { direction: 'out', text: 'mensagem' } },
  ])
  expect((await list(`?limit=1&cursor=${first.next}`)).items).toMatchObject([{ phone: '5551•••••2222', is_open: true, last_message: null }])
  expect((await list('?status=human')).items).toHaveLength(1)
  expect((await list('?client=outra')).items).toEqual([])
  const path = `/whatsapp/conversations/${first.items[0]?.id}`
  expect(await send('PATCH', path, { status: 'bot' })).toMatchObject({ status: 200, body: { id: first.items[0]?.id, status: 'bot' } })
  expect((await list('?status=human')).items).toEqual([])
})

it('connects a number, says once what Meta is to be told, changes how it answers and takes it away', async () => {
  const wish = { client: 'agencia', phone_number_id: '106540352242922', access_token: 'test-access', app_secret: 'test-app' }
  const { status, body } = await send('POST', '/whatsapp/channels', wish)
  const path = `/webhooks/whatsapp/${body.id}`
  expect({ status, body }).toMatchObject({ status: 200, body: { webhook_path: path, webhook_url: `https://ia.example.com${path}` } })
  const challenge = await fetch(`${gateway.url}${path}?hub.mode=subscribe&hub.verify_token=${body.verify_token}&hub.challenge=42`)
  expect(await challenge.text()).toBe('42')

  const one = `/whatsapp/channels/${body.id}`
  expect(await get('GET /whatsapp/channels/:channel', one)).toMatchObject({ client: 'agencia', reply_pause_ms: 4000, model: null })
  const changed = {
    model: 'openai/gpt-4o-mini',
    system_prompt: 'Você atende a padaria.',
    reply_pause_ms: 0,
    admin_phones: ['5511999990001'],
    contact_daily_tokens: 20_000,
    is_active: false,
  }
  expect(await send('PATCH', one, changed)).toMatchObject({ status: 200, body: { ...changed, history_tokens: 2000 } })
  expect(await send('PATCH', one, { model: null, contact_daily_tokens: null })).toMatchObject({
    body: { model: null, contact_daily_tokens: null, is_active: false },
  })
  expect(await send('PATCH', one, { model: 'openai/nada' })).toMatchObject({ status: 404, body: { error: { code: 'unknown_model' } } })
  expect((await send('PATCH', one, { admin_phones: ['+55 11'] })).status).toBe(400)
  expect(JSON.stringify(await get('GET /whatsapp/channels/:channel', one))).not.toMatch(/test-a|secret_id/)

  expect(await send('DELETE', one)).toMatchObject({ status: 200, body: { removed: true } })
  expect((await send('DELETE', one)).status).toBe(404)
})

it('leaves the secrets of another client’s number alone', async () => {
  const wish = { client: 'agencia', phone_number_id: '2066', access_token: 'test-access', app_secret: 'test-app' }
  const { body } = await send('POST', '/whatsapp/channels', wish)
  const refused = await send('POST', '/whatsapp/channels', { ...wish, client: 'outra' })
  expect(refused).toMatchObject({ status: 400, body: { error: { code: 'invalid_body' } } })
  const challenge = await fetch(
    `${gateway.url}${body.webhook_path}?hub.mode=subscribe&hub.verify_token=${body.verify_token}&hub.challenge=7`,
  )
  expect(await challenge.text()).toBe('7')
})

it('shows and changes what a bot may do, and its tools, whose secret is shown once', async () => {
  const [channel] = await gateway.database.query<{ id: string }>(
    `insert into whatsapp_channels (client_id, phone_number_id) values ($1, '1056') returning id`,
    [gateway.client.id],
  )
  const path = `/whatsapp/channels/${channel?.id}`
  const send = async <Body>(method: string, below: string, body?: object): Promise<{ status: number; body: Body }> => {
    const answer = await fetch(`${gateway.url}/api/admin${path}${below}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body && { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: (await answer.json()) as Body }
  }
  const bot = { hands_off: false, hand_off_keywords: [], hand_off_notice: null, video_notice: null }
  expect(await get('GET /whatsapp/channels/:channel/bot', `${path}/bot`)).toEqual(bot)
  const changed = { hands_off: true, hand_off_keywords: ['atendente'], video_notice: 'Só texto.' }
  expect((await send('PATCH', '/bot', { ...changed, hand_off_keywords: ['atendente ', 'atendente'] })).body).toEqual({ ...bot, ...changed })
  expect((await send('PATCH', '/bot', { video_notice: null })).body).toEqual({ ...bot, ...changed, video_notice: null })
  expect((await send('PATCH', '/bot', { hand_off_keywords: ['!'] })).status).toBe(400)

  const tool = { description: 'Consulta.', url: 'https://loja.example/catraca' }
  const added = await send<{ secret: string }>('PUT', '/tools/consulta', tool)
  expect(added).toMatchObject({ status: 200, body: { ...tool, name: 'consulta', secret: expect.stringMatching(/^whsec_/) } })
  expect((await send('PUT', '/tools/consulta', { ...tool, description: 'Outra.' })).body).toMatchObject({
    description: 'Outra.',
    secret: null,
  })
  const listed = await get('GET /whatsapp/channels/:channel/tools', `${path}/tools`)
  expect(listed).toMatchObject([{ name: 'consulta', description: 'Outra.', parameters: { type: 'object', properties: {} } }])
  expect(JSON.stringify([listed, await gateway.database.query('select to_jsonb(a) from audit_log a')])).not.toContain(added.body.secret)
  const refusals = [
    await send('PUT', '/tools/hand_off_to_human', tool),
    await send('PUT', '/tools/2x', tool),
    await send('PUT', '/tools/x', { ...tool, url: 'https://169.254.169.254/' }),
    await send('PUT', '/tools/x', { ...tool, parameters: { type: 'array' } }),
    await send('PUT', '/tools/x', { ...tool, client: 'outra' }),
  ]
  expect(refusals.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400])
  expect((await send<{ secret: string }>('POST', '/tools/consulta/secret')).body.secret).not.toBe(added.body.secret)
  expect((await send('DELETE', '/tools/consulta')).body).toEqual({ removed: true })
  expect((await send('DELETE', '/tools/consulta')).status).toBe(404)
})
