import { password } from '../../_support/people.ts'
import { call, callers, everybody, type Ids, own, type Row, read, self, type World, write } from './permission-rows.ts'

const ofMonth = { query: `month=${new Date().toISOString().slice(0, 7)}` }
const raised = () => ({ limit: '9000000', until: { seconds: 60 } })
const chat = { model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'oi' }] }

/** There for each who asks, also after the one before has removed it. */
const withBudget = async ({ make }: World, ids: Ids): Promise<Ids> => {
  await make('PUT', `/clients/${ids.client}/budgets/${ids.type}/${ids.period}`, { limit: '1000000' })
  return ids
}
const withRaise = async (world: World, ids: Ids): Promise<Ids> => {
  await withBudget(world, ids)
  return await world.make('PUT', `/clients/${ids.client}/budgets/${ids.type}/${ids.period}/raise`, raised()).then(() => ids)
}
const withPlanBudget = async ({ make }: World, ids: Ids): Promise<Ids> => {
  await make('PUT', `/plans/${ids.plan}/budgets/${ids.type}/${ids.period}`, { limit: '1000000' })
  return ids
}
const withAlias = async ({ make }: World, ids: Ids): Promise<Ids> => {
  await make('PUT', `/routes/${ids.alias}`, { targets: [{ model: 'openai/gpt-4o-mini' }] })
  return ids
}
const withKey = async ({ make }: World, ids: Ids): Promise<Ids> => {
  const { id = '' } = await make('POST', `/clients/${ids.client}/keys`, { name: 'to be revoked' })
  return { ...ids, key: id }
}

const withUser = async ({ addUser }: World, ids: Ids): Promise<Ids> => ({ ...ids, ...(await addUser(ids)) })
const withInvitation = async ({ make, newEmail }: World, ids: Ids): Promise<Ids> => {
  const { id = '' } = await make('POST', '/invitations', { email: newEmail(), role: 'client', client: ids.client })
  return { ...ids, invitation: id }
}

/** Each to an address of its own: an owner has one channel to each. */
const webhook = () => ({ kind: 'webhook', address: `https://hooks.invalid/${crypto.randomUUID()}` })
const withChannel = async ({ make }: World, ids: Ids): Promise<Ids> => {
  const { id = '' } = await make('POST', '/notification-channels', { ...webhook(), client: ids.client })
  return { ...ids, id }
}
const withAlert = async ({ addAlert }: World, ids: Ids): Promise<Ids> => ({ ...ids, id: await addAlert(ids) })

const number = { access_token: 'test-access', app_secret: 'test-app' }
const withNumber = async ({ make }: World, ids: Ids): Promise<Ids> => {
  const { id = '' } = await make('POST', '/whatsapp/channels', {
    client: ids.client,
    ...number,
    phone_number_id: `88${ids.client?.length}`,
  })
  return { ...ids, channel: id }
}

const aTool = () => ({ description: 'Consulta um pedido', url: 'https://hooks.invalid/consulta' })
const withTool = async ({ make }: World, ids: Ids): Promise<Ids> => {
  await make('PUT', `/whatsapp/channels/${ids.channel}/tools/${ids.tool}`, aTool())
  return ids
}

const bots: Record<string, Row> = {
  'GET /api/admin/whatsapp/channels/:channel/bot': read(),
  'PATCH /api/admin/whatsapp/channels/:channel/bot': write({ body: () => ({ hands_off: true }) }),
  'GET /api/admin/whatsapp/channels/:channel/tools': read(),
  'PUT /api/admin/whatsapp/channels/:channel/tools/:tool': write({ body: aTool }),
  'DELETE /api/admin/whatsapp/channels/:channel/tools/:tool': write({ fresh: withTool }),
  'POST /api/admin/whatsapp/channels/:channel/tools/:tool/secret': write({ fresh: withTool }),
}

const notifications: Record<string, Row> = {
  'GET /api/admin/notification-channels': read(),
  'POST /api/admin/notification-channels': write({ body: webhook }),
  'GET /api/admin/notification-channels/:id': read({ fresh: withChannel }),
  'PATCH /api/admin/notification-channels/:id': write({ fresh: withChannel, body: () => ({ active: false }) }),
  'DELETE /api/admin/notification-channels/:id': write({ fresh: withChannel }),
  'POST /api/admin/notification-channels/:id/secret': write({ fresh: withChannel }),
  'POST /api/admin/notification-channels/:id/test': write({ fresh: withChannel }),
  'GET /api/admin/notification-channels/:id/deliveries': read({ fresh: withChannel }),
  'GET /api/admin/alerts/:id/deliveries': read({ fresh: withAlert }),
  'POST /api/admin/alerts/:id/resend': write({ fresh: withAlert }),
}

const people: Record<string, Row> = {
  'GET /api/admin/users': read(),
  'PUT /api/admin/users/:user/role': write({ fresh: withUser, body: () => ({ role: 'viewer' }) }),
  'POST /api/admin/users/:user/disable': write({ fresh: withUser }),
  'POST /api/admin/users/:user/enable': write({ fresh: withUser }),
  'DELETE /api/admin/users/:user': write({ fresh: withUser }),
  'POST /api/admin/users/:user/reset-link': write({ fresh: withUser }),
  'DELETE /api/admin/users/:user/two-factor': write({ fresh: withUser }),
  'GET /api/admin/users/:user/sessions': read(),
  'DELETE /api/admin/users/:user/sessions': write({ fresh: withUser }),
  // Somebody else's session below this user is none of its: `ended` is 0.
  'DELETE /api/admin/users/:user/sessions/:session': write({
    fresh: async (world, ids) => (ids === world.own ? await withUser(world, ids) : ids),
    foreign: ({ own: { user = '' } }) => ({ user }),
  }),
  'GET /api/admin/invitations': read(),
  'POST /api/admin/invitations': write({ body: (unique) => ({ email: `nova-${unique}@example.com`, role: 'viewer' }) }),
  'DELETE /api/admin/invitations/:invitation': write({ fresh: withInvitation }),
  'GET /api/admin/whatsapp/channels': read(),
  'GET /api/admin/whatsapp/messages': read(),
  'POST /api/admin/whatsapp/channels': write({ body: (unique) => ({ client: 'agencia', ...number, phone_number_id: `77${unique}` }) }),
  'GET /api/admin/whatsapp/channels/:channel': read(),
  'PATCH /api/admin/whatsapp/channels/:channel': write({ body: () => ({ reply_pause_ms: 5000 }) }),
  'DELETE /api/admin/whatsapp/channels/:channel': write({ fresh: withNumber }),
  'GET /api/admin/whatsapp/conversations': read(),
  'PATCH /api/admin/whatsapp/conversations/:conversation': write({ body: () => ({ status: 'human' }) }),
}

const budgets: Record<string, Row> = {
  'GET /api/admin/clients/:client/budgets': read(),
  'PUT /api/admin/clients/:client/budgets/:type/:period': write({ body: () => ({ limit: '2000000' }) }),
  'PATCH /api/admin/clients/:client/budgets/:type/:period': write({ fresh: withBudget, body: () => ({ limit: '3000000' }) }),
  'DELETE /api/admin/clients/:client/budgets/:type/:period': write({ fresh: withBudget }),
  'PUT /api/admin/clients/:client/budgets/:type/:period/raise': write({
    fresh: withBudget,
    body: raised,
  }),
  'DELETE /api/admin/clients/:client/budgets/:type/:period/raise': write({ fresh: withRaise }),
  'POST /api/admin/clients/:client/budgets/:type/:period/pause': write({ fresh: withBudget }),
  'POST /api/admin/clients/:client/budgets/:type/:period/resume': write({ fresh: withBudget }),
  'GET /api/admin/plans': read(),
  'GET /api/admin/plans/:plan/budgets': read({ expects: { unknown: 200 } }),
  'PUT /api/admin/plans/:plan/budgets/:type/:period': write({ body: () => ({ limit: '2000000' }), makesNames: true }),
  'PATCH /api/admin/plans/:plan/budgets/:type/:period': write({ fresh: withPlanBudget, body: () => ({ limit: '3000000' }) }),
  'DELETE /api/admin/plans/:plan/budgets/:type/:period': write({ fresh: withPlanBudget }),
}

const clients: Record<string, Row> = {
  'GET /api/admin/clients': read(),
  'POST /api/admin/clients': write({ body: (unique) => ({ slug: `new-${unique}`, name: 'New' }) }),
  'GET /api/admin/clients/:client': read(),
  'PATCH /api/admin/clients/:client': write({ body: () => ({ name: 'Another name' }) }),
  'POST /api/admin/clients/:client/cache/clear': write(),
  // It needs an extension that the tests' PostgreSQL has not.
  'PUT /api/admin/clients/:client/semantic-cache': write({ body: () => ({}), expects: { own: 503 } }),
  'DELETE /api/admin/clients/:client/semantic-cache': write(),
  'GET /api/admin/clients/:client/statement': read(ofMonth),
  'GET /api/admin/clients/:client/statement.csv': read(ofMonth),
  'GET /api/admin/clients/:client/statement.pdf': read(ofMonth),
  'POST /api/admin/clients/:client/chat/completions': write({ body: () => chat, isRaw: true }),
  'GET /api/admin/clients/:client/keys': read(),
  'POST /api/admin/clients/:client/keys': write({ body: () => ({ name: 'new' }) }),
  'POST /api/admin/keys/:key/revoke': write({ fresh: withKey }),
  'GET /api/admin/clients/:client/guardrails': read(),
  'PATCH /api/admin/clients/:client/guardrails': write({ body: () => ({ max_input_tokens: 100_000 }) }),
  'DELETE /api/admin/clients/:client/guardrails': write(),
}

const others: Record<string, Row> = {
  'GET /api/admin/events': read({ isRaw: true, isStream: true }),
  'GET /api/admin/overview': read(),
  'GET /api/admin/calls': read(),
  'GET /api/admin/usage/series': read(),
  'GET /api/admin/usage/groups': read(),
  'GET /api/admin/usage/latency': read(),
  'GET /api/admin/usage/failures': read(),
  'GET /api/admin/setup': read(),
  'PUT /api/admin/setup/keys/:slot': write({ body: () => ({ key: 'sk-test-openai' }), expects: { foreign: 400, unknown: 400 } }),
  'PUT /api/admin/setup/route': write({ body: () => ({ route: 'direct' }) }),
  'POST /api/admin/setup/test-call': write({ body: () => ({ client: 'agencia' }) }),
  'GET /api/admin/exchange-rate': read(),
  'GET /api/admin/provider-names': read(),
  'GET /api/admin/models': read(),
  'POST /api/admin/models': write({
    body: (unique) => ({
      provider: 'openai',
      model_name: `model-${unique}`,
      api_type: 'chat',
      input_price_per_million: '1',
      output_price_per_million: '2',
    }),
  }),
  'PATCH /api/admin/models/:model': write({ body: () => ({ context_window: 128_000 }) }),
  'POST /api/admin/models/sync': write({ body: () => ({ preview: true }) }),
  'POST /api/admin/models/test': write({ body: () => ({ client: 'agencia', model: 'openai/gpt-4o-mini' }) }),
  'GET /api/admin/routes': read(),
  'PUT /api/admin/routes/:alias': write({ body: () => ({ targets: [{ model: 'openai/gpt-4o-mini' }] }), makesNames: true }),
  'DELETE /api/admin/routes/:alias': write({ fresh: withAlias }),
  'GET /api/admin/calls/:call/explanation': read(),
  'GET /api/admin/alerts': read(),
  'GET /api/admin/audit': read(),
}

const portal: Record<string, Row> = {
  'GET /api/portal/events': own({ isRaw: true, isStream: true }),
  'GET /api/portal/me': own(),
  'GET /api/portal/budgets': own(),
  'GET /api/portal/usage/series': own(),
  'GET /api/portal/usage/groups': own(),
  'GET /api/portal/calls': own(),
  'GET /api/portal/statement': own(ofMonth),
  'GET /api/portal/statement.csv': own(ofMonth),
  'GET /api/portal/statement.pdf': own(ofMonth),
  'GET /api/portal/alerts': own(),
  'GET /api/portal/keys': own(),
  'POST /api/portal/keys': own({ body: () => ({ name: 'own' }) }),
  'POST /api/portal/keys/:key/revoke': own({
    fresh: async (world, ids) => (ids === world.own ? await withKey(world, ids) : ids),
    expects: { foreign: 404 },
  }),
}

const auth: Record<string, Row> = {
  'GET /api/auth/get-session': everybody(),
  'GET /api/auth/list-sessions': self(),
  'POST /api/auth/sign-in/email': everybody({ body: () => ({ email: 'ana@example.com', password }) }),
  'POST /api/auth/sign-out': everybody({ body: () => ({}), endsSession: true }),
  'POST /api/auth/update-user': self({ body: () => ({ name: 'Ana' }) }),
  'POST /api/auth/change-password': self({ body: () => ({ currentPassword: password, newPassword: password }), endsSession: true }),
  'POST /api/auth/reset-password': everybody({ body: () => ({ token: 'of-nobody', newPassword: password }), expects: { own: 400 } }),
  'POST /api/auth/revoke-session': self({ body: () => ({ token: 'of-nobody' }) }),
  'POST /api/auth/revoke-other-sessions': self({ body: () => ({}), endsSession: true }),
  'POST /api/auth/two-factor/enable': self({ body: () => ({ password }), endsSession: true }),
  'POST /api/auth/two-factor/disable': self({ body: () => ({ password }), endsSession: true }),
  'POST /api/auth/two-factor/generate-backup-codes': self({ body: () => ({ password }), expects: { own: 400 } }),
  'POST /api/auth/two-factor/verify-totp': self({ body: () => ({ code: '000000' }), expects: { own: 400 } }),
  'POST /api/auth/two-factor/verify-backup-code': self({ body: () => ({ code: 'of-nobody' }), expects: { own: 400 } }),
  'GET /api/auth/setup': everybody(),
  'POST /api/auth/setup': everybody({
    body: () => ({ token: 'of-nobody', name: 'Eve', email: 'eve@example.com', password }),
    expects: { own: 404 },
  }),
  'POST /api/auth/invitation': everybody({ body: () => ({ token: 'of-nobody' }), expects: { own: 404 } }),
  'POST /api/auth/accept-invitation': everybody({ body: () => ({ token: 'of-nobody', name: 'Eve', password }), expects: { own: 404 } }),
}

const speech = { model: 'openai/tts-1', input: 'oi', voice: 'alloy' }

const inference: Record<string, Row> = {
  'POST /v1/chat/completions': call({ body: () => chat }),
  'POST /v1/embeddings': call({ body: () => ({ model: 'openai/text-embedding-3-small', input: 'oi' }) }),
  'POST /v1/audio/transcriptions': call({ body: () => ({}), expects: { own: 400 } }),
  'POST /v1/audio/translations': call({ body: () => ({}), expects: { own: 400 } }),
  'POST /v1/audio/speech': call({ body: () => speech }),
  'POST /v1/images/generations': call({ body: () => ({ model: 'openai/gpt-image-1', prompt: 'oi' }) }),
  'POST /v1/images/edits': call({ body: () => ({}), expects: { own: 400 } }),
  'POST /v1/moderations': call({ body: () => ({ model: 'openai/omni-moderation-latest', input: 'oi' }) }),
  'POST /v1/responses': call({ body: () => ({ model: 'openai/gpt-4o-mini', input: 'oi' }) }),
  'GET /v1/responses/:id': call({ expects: { own: 404 } }),
  'DELETE /v1/responses/:id': call({ expects: { own: 404 } }),
  'GET /v1/responses/:id/input_items': call({ expects: { own: 404 } }),
  'POST /v1/responses/:id/cancel': call({ expects: { own: 404 } }),
  'POST /v1/messages': call({ body: () => ({ ...chat, max_tokens: 10 }) }),
  'POST /v1/messages/count_tokens': call({ body: () => chat }),
  'GET /v1/models': call(),
  'GET /v1/models/*': call(),
}

const unlessMeta = (status: number) => Object.fromEntries(callers.map((caller) => [caller, status]))

const open: Record<string, Row> = {
  'GET /healthz': everybody(),
  'GET /readyz': everybody(),
  'GET /api/openapi.json': everybody(),
  // Meta's, by its verify token and its signature alone.
  'GET /webhooks/whatsapp/:channel': { refuses: unlessMeta(403), isRaw: true },
  'POST /webhooks/whatsapp/:channel': { refuses: unlessMeta(401), isRaw: true, body: () => ({}) },
  // What was forwarded is not this machine's own: only an admin may spend.
  'GET /api/test/gateway': {
    refuses: { nobody: 403, key: 403, client: 403, viewer: 403 },
    isRaw: true,
    query: 'client=agencia',
  },
  'GET /metrics': { refuses: { nobody: 403, key: 403, client: 403, viewer: 403 }, isRaw: true },
  // To a program; a browser gets the page, which holds nothing.
  'GET /*': everybody({ expects: { own: 404, foreign: 404 } }),
}

/** Every route of the gateway: `permissions.test.ts` fails for one that is missing here. */
export const permissionTable: Readonly<Record<string, Row>> = {
  ...clients,
  ...people,
  ...notifications,
  ...bots,
  ...budgets,
  ...others,
  ...portal,
  ...auth,
  ...inference,
  ...open,
}
