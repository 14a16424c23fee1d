import { channel } from 'node:diagnostics_channel'
import type { FastifyInstance } from 'fastify'
import { expect, vi } from 'vitest'
import { inviteUser } from '../../../src/accounts/index.ts'
import { Browser } from '../../_support/browser.ts'
import { startTestGateway, type TestClient, type TestGateway } from '../../_support/gateway.ts'
import { addPerson, password } from '../../_support/people.ts'
import type { CallerName, Ids, World } from './permission-rows.ts'

export interface Wish {
  method: string
  path: string
  body?: unknown
  headers?: Record<string, string>
  isStream?: boolean
  /** Not the caller's own log-in but one made for this request. */
  inNewSession?: boolean
}

export interface Answer {
  status: number
  type: string
  text: string
}

export interface PermissionWorld extends World {
  gateway: TestGateway
  /** Every route of the gateway, `GET /healthz`; HEAD only where there is no GET. */
  routes: readonly string[]
  ask(caller: CallerName, wish: Wish): Promise<Answer>
  /** All that stands in the database, but for what jobs and log-ins write by themselves. */
  snapshot(): Promise<Record<string, string>>
}

const adminToken = 'test-admin-token-of-32-characters'
const emails = { client: 'cliente@example.com', viewer: 'vera@example.com', admin: 'ana@example.com' } as const

/** The gateway, and every route that Fastify was told of. */
async function startHearing(): Promise<{ gateway: TestGateway; heard: ReadonlySet<string> }> {
  const heard = new Set<string>()
  const hear = (message: unknown) =>
    (message as { fastify: FastifyInstance }).fastify.addHook('onRoute', ({ method, url }) => {
      for (const each of [method].flat()) heard.add(`${each} ${url}`)
    })
  const created = channel('fastify.initialization')
  created.subscribe(hear)
  const gateway = await startTestGateway({ env: { CATRACA_ADMIN_TOKEN: adminToken, CATRACA_TRUSTED_PROXIES: '127.0.0.1' } })
  created.unsubscribe(hear)
  return { gateway, heard }
}

export async function createPermissionWorld(): Promise<PermissionWorld> {
  const { gateway, heard } = await startHearing()

  let addresses = 0
  // Each request from an address of its own: tries are counted by address.
  const nextAddress = () => `198.51.${100 + Math.floor(++addresses / 250)}.${addresses % 250}`
  const other = await gateway.addClient({ slug: 'outra' })
  const people = {
    admin: await addPerson(gateway, { email: emails.admin, name: 'Ana', role: 'admin', clientId: undefined }, nextAddress()),
    viewer: await addPerson(gateway, { email: emails.viewer, name: 'Vera', role: 'viewer', clientId: undefined }, nextAddress()),
    client: await addPerson(gateway, { email: emails.client, name: 'Célia', role: 'client', clientId: gateway.client.id }, nextAddress()),
  }
  await addPerson(gateway, { email: 'outro@example.com', name: 'Otto', role: 'client', clientId: other.id }, nextAddress())

  const credentials = async (caller: CallerName, inNewSession: boolean): Promise<Record<string, string>> => {
    if (caller === 'nobody') return {}
    if (caller === 'key') return { authorization: `Bearer ${gateway.client.key}` }
    if (caller === 'token') return { authorization: `Bearer ${adminToken}` }
    if (!inNewSession) return { cookie: people[caller].cookie, origin: gateway.url }
    const browser = new Browser(gateway.url, nextAddress())
    await browser.logIn(emails[caller], password)
    return { cookie: browser.cookie, origin: gateway.url }
  }
  const ask: PermissionWorld['ask'] = async (caller, { method, path, body, headers = {}, isStream, inNewSession = false }) => {
    const stop = new AbortController()
    const answer = await fetch(`${gateway.url}${path}`, {
      method,
      headers: {
        'x-forwarded-for': nextAddress(),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(await credentials(caller, inNewSession)),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: stop.signal,
    })
    const type = answer.headers.get('content-type') ?? ''
    if (!isStream || answer.status !== 200) return { status: answer.status, type, text: await answer.text() }
    stop.abort()
    return { status: answer.status, type, text: '' }
  }
  const make: World['make'] = async (method, path, body) => {
    const { status, text } = await ask('token', { method, path: `/api/admin${path}`, body })
    if (status !== 200) throw new Error(`${method} ${path}: ${status} ${text}`)
    return JSON.parse(text) as Ids
  }
  const ids = {
    own: await seedClient(gateway, gateway.client, 'agencia', make),
    foreign: await seedClient(gateway, other, 'outra', make),
  }
  // An answer is here before its call is booked.
  await vi.waitFor(async () => expect(await gateway.database.query('select 1 from call_admissions')).toEqual([]))
  return {
    gateway,
    ...ids,
    routes: [...heard].filter((route) => !route.startsWith('HEAD ') || !heard.has(route.replace('HEAD', 'GET'))),
    ask,
    make,
    snapshot: () => takeSnapshot(gateway),
    newEmail,
    addUser: (of) => addUser(gateway, of),
    addAlert: (of) => addAlert(gateway, of),
    unknown,
  }
}

/** Well formed, and of nothing. */
const nothing = '0199c0de-0000-7000-8000-000000000000'
const unknown: Ids = {
  client: 'ninguem',
  type: 'tokens',
  period: 'daily',
  plan: 'nenhum',
  alias: 'nada',
  key: nothing,
  model: nothing,
  call: nothing,
  slot: 'nowhere',
  id: nothing,
  user: 'ninguem@example.com',
  session: nothing,
  invitation: nothing,
  channel: nothing,
  tool: 'nada',
  conversation: nothing,
  '*': 'openai/none',
}

let emailsGiven = 0
const newEmail = () => `user-${++emailsGiven}@example.com`

/** By SQL: a password takes as long as all the rest of the matrix. */
async function addUser({ database }: TestGateway, { client }: Ids): Promise<Ids> {
  const user = newEmail()
  const [row] = await database.query<{ session: string }>(
    `with made as (
       insert into auth_users (id, name, email, email_verified, role, client_id)
       select gen_random_uuid(), 'User', $1, true, 'client', id from clients where slug = $2 returning id
     )
     insert into auth_sessions (id, user_id, token, expires_at)
     select gen_random_uuid(), id, $1, now() + interval '1 hour' from made returning id as session`,
    [user, client],
  )
  return { user, session: row?.session ?? '' }
}

async function addAlert({ database }: TestGateway, { client }: Ids): Promise<string> {
  const [row] = await database.query<{ id: string }>(
    `insert into alerts (kind, client_id, dedupe_key, details, queued_at, delivered_at)
     select 'unpriced_model', id, gen_random_uuid()::text, '{"model": "openai/none"}', now(), now() from clients where slug = $1 returning id`,
    [client],
  )
  return row?.id ?? ''
}

/** What each client has of everything that has an address. */
async function seedClient(gateway: TestGateway, client: TestClient, slug: string, make: World['make']): Promise<Ids> {
  if (slug === 'agencia') await make('PATCH', `/clients/${slug}`, { portal_may_manage_keys: true })
  const { id: key = '' } = await make('POST', `/clients/${slug}/keys`, { name: 'seeded' })
  await make('PUT', `/clients/${slug}/budgets/tokens/daily`, { limit: '1000000' })
  await make('PUT', `/plans/plano-${slug}/budgets/tokens/daily`, { limit: '1000000' })
  await make('PUT', `/routes/rapido-${slug}`, { targets: [{ model: 'openai/gpt-4o-mini' }] })
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${client.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'oi' }] }),
  })
  const email = slug === 'agencia' ? emails.client : 'outro@example.com'
  const [row] = await gateway.database.query<{ model: string; session: string }>(
    `select (select id from ai_models_registry where gateway_identifier = $1) as model,
       (select s.id from auth_sessions s join auth_users u on u.id = s.user_id where u.email = $2 limit 1) as session`,
    [slug === 'agencia' ? 'openai/gpt-4o-mini' : 'openai/gpt-4o', email],
  )
  const { id: invitation = '' } = await inviteUser(
    gateway.database,
    { email: `${slug}-2@example.com`, role: 'client', clientId: client.id },
    undefined,
  )
  const [whatsapp] = await gateway.database.query<{ channel: string; conversation: string }>(
    `with made as (insert into whatsapp_channels (client_id, phone_number_id) values ($1, $2) returning id)
     insert into conversations (client_id, channel_id, phone) select $1, id, '5511999990001' from made
     returning channel_id as channel, id as conversation`,
    [client.id, `number-${slug}`],
  )
  return {
    client: slug,
    type: 'tokens',
    period: 'daily',
    plan: `plano-${slug}`,
    alias: `rapido-${slug}`,
    key,
    model: row?.model ?? '',
    call: answer.headers.get('x-catraca-call-id') ?? '',
    slot: slug === 'agencia' ? 'openai' : 'groq',
    id: 'resp_1',
    user: email,
    session: row?.session ?? '',
    invitation,
    channel: whatsapp?.channel ?? '',
    conversation: whatsapp?.conversation ?? '',
    tool: 'consulta',
    '*': 'openai/gpt-4o-mini',
  }
}

/** Tables that jobs, log-ins and calls under way write by themselves, as they do when a key was last used. The audit log tells of what was tried as well. */
const restless = ['auth_rate_limits', 'exchange_rates', 'usage_rollups', 'usage_days', 'call_places']

async function takeSnapshot({ database, server }: TestGateway): Promise<Record<string, string>> {
  // Else the timer writes down within 30 seconds which keys the world was made with: sometimes between two snapshots.
  await server.context.clients.noteUsedKeys()
  const tables = await database.query<{ name: string }>(
    `select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
     where schemaname in ('public', 'vault') and tablename <> all ($1) order by 1`,
    [restless],
  )
  const sums: Record<string, string> = {}
  for (const { name } of tables) {
    const [row] = await database.query<{ sum: string }>(
      `select count(*) || ' ' || coalesce(md5(string_agg(t::text, '' order by t::text)), '') as sum from ${name} t
       ${name === 'public.audit_log' ? `where action not like '%failed'` : ''}`,
    )
    sums[name] = row?.sum ?? ''
  }
  return sums
}
