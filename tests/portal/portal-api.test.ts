import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inviteUser } from '../../src/accounts/index.ts'
import { type PortalApi, portalRoutes } from '../../src/http/portal/index.ts'
import { Browser } from '../_support/browser.ts'
import { startTestGateway, type TestClient, type TestGateway } from '../_support/gateway.ts'

const adminToken = 'test-admin-token-of-32-characters'
let gateway: TestGateway
let own: Browser
let operator: Browser
let other: TestClient
let addresses = 0

const fresh = () => new Browser(gateway.url, `198.51.100.${++addresses}`)
const asToken = { authorization: `Bearer ${adminToken}` }
const ask = <Body = Record<string, unknown>>(
  browser: Browser,
  method: string,
  path: string,
  body?: object,
  headers?: Record<string, string>,
) => browser.ask<Body>(method, `/api/portal${path}`, body, headers)
const keys = async () => (await ask<PortalApi['GET /keys']['output']>(own, 'GET', '/keys')).body
const letManage = (may: boolean) => fresh().ask('PATCH', '/api/admin/clients/agencia', { portal_may_manage_keys: may }, asToken)
const callStatus = (key: string) =>
  new OpenAI({ apiKey: key, baseURL: `${gateway.url}/v1`, maxRetries: 0 }).chat.completions
    .create({ model: 'openai/gpt-4o-mini', max_tokens: 20, messages: [{ role: 'user', content: 'oi' }] })
    .then(
      () => 200,
      (error: { status: number }) => error.status,
    )

async function addUser(email: string, wish: { role: 'viewer' } | { role: 'client'; clientId: string }): Promise<Browser> {
  const { token } = await inviteUser(gateway.database, { clientId: undefined, ...wish, email }, undefined)
  const browser = fresh()
  expect(await browser.post('/accept-invitation', { token, name: email, password: 'correct horse battery' })).toMatchObject({ status: 200 })
  return browser
}

beforeAll(async () => {
  gateway = await startTestGateway({ env: { CATRACA_ADMIN_TOKEN: adminToken, CATRACA_TRUSTED_PROXIES: '127.0.0.1' } })
  other = await gateway.addClient({ slug: 'outra' })
  own = await addUser('cliente@example.com', { role: 'client', clientId: gateway.client.id })
  operator = await addUser('vera@example.com', { role: 'viewer' })
})
afterAll(() => gateway.close())

describe('the portal', () => {
  it('opens each of its routes to a client’s user alone', async () => {
    for (const { method, url } of portalRoutes) {
      const path = url.replace(':key', crypto.randomUUID())
      expect(await ask(fresh(), method, path), path).toMatchObject({ status: 401, body: { error: { code: 'key_missing' } } })
      expect(await ask(operator, method, path), path).toMatchObject({ status: 403, body: { error: { code: 'not_allowed' } } })
      expect(await ask(fresh(), method, path, undefined, asToken), path).toMatchObject({ status: 403 })
      expect(await ask(fresh(), method, path, undefined, { authorization: `Bearer ${gateway.client.key}` }), path).toMatchObject({
        status: 403,
        body: { error: { message: 'The portal opens by logging in, not by a key or a token.' } },
      })
    }
    expect(await ask(fresh(), 'GET', '/events')).toMatchObject({ status: 401 })
    expect(await own.ask('GET', '/api/admin/clients')).toMatchObject({ status: 403 })
  })

  it('takes no wish that another origin’s page makes in its user’s name', async () => {
    await letManage(true)
    const from = { origin: 'https://evil.example' }
    expect(await ask(own, 'POST', '/keys', { name: 'x' }, from)).toMatchObject({
      status: 403,
      body: { error: { code: 'origin_mismatch' } },
    })
    expect((await keys()).keys).toHaveLength(1)
    await letManage(false)
  })

  it('is in the document', async () => {
    const { paths } = (await (await fetch(`${gateway.url}/api/openapi.json`)).json()) as { paths: Record<string, object> }
    for (const { url } of portalRoutes) expect(paths).toHaveProperty([`/api/portal${url.replace(/:(\w+)/g, '{$1}')}`])
  })
})

describe('keys in the portal', () => {
  it('are shown without what they open with, and only the client’s own', async () => {
    const shown = await keys()
    expect(shown).toMatchObject({ may_manage: false, keys: [{ name: 'test', status: 'active' }] })
    expect(JSON.stringify(shown)).not.toContain(gateway.client.key)
    expect(JSON.stringify(shown)).not.toContain('outra')
    expect(JSON.stringify(shown)).not.toContain(other.key.slice(0, 12))
  })

  it('are the operator’s to make and revoke unless the client may', async () => {
    const [key] = (await keys()).keys
    const refusal = { status: 403, body: { error: { code: 'not_allowed', message: expect.stringContaining('ask them for a new one') } } }
    expect(await ask(own, 'POST', '/keys', { name: 'mine' })).toMatchObject(refusal)
    expect(await ask(own, 'POST', `/keys/${key?.id}/revoke`)).toMatchObject(refusal)
    expect(await callStatus(gateway.client.key)).toBe(200)
  })

  it('are made, used and revoked by a client that may; another client’s is not there', async () => {
    expect((await letManage(true)).body).toMatchObject({ portal_may_manage_keys: true })
    expect((await keys()).may_manage).toBe(true)
    const made = await ask<PortalApi['POST /keys']['output']>(own, 'POST', '/keys', { name: 'site', expires_at: '2099-01-31' })
    expect(made).toMatchObject({ status: 200, body: { expires_at: '2099-01-31T03:00:00.000Z' } })
    expect(await callStatus(made.body.key)).toBe(200)
    const actor = await gateway.database.query("select actor from audit_log where table_name = 'client_api_keys' and row_id = $1", [
      made.body.id,
    ])
    expect(actor).toEqual([{ actor: 'cliente@example.com' }])

    expect(await ask(own, 'POST', `/keys/${made.body.id}/revoke`)).toMatchObject({ status: 200, body: { status: 'revoked' } })
    await expect.poll(() => callStatus(made.body.key), { timeout: 15_000 }).toBe(401)

    const [foreign] = await gateway.database.query<{ id: string }>('select id from client_api_keys where client_id = $1', [other.id])
    expect(await ask(own, 'POST', `/keys/${foreign?.id}/revoke`)).toMatchObject({ status: 404 })
    expect(await callStatus(other.key)).toBe(200)
    for (const wish of [
      { name: 'x', client: 'outra' },
      { name: 'x', allowed_models: [] },
      { name: ' ' },
      { name: 'x', expires_at: '2020-01-01' },
    ]) {
      expect(await ask(own, 'POST', '/keys', wish)).toMatchObject({ status: 400 })
    }
  })

  it('are a hundred active ones at the most, however many are asked for at once', async () => {
    await letManage(true)
    await gateway.database.query(
      `insert into client_api_keys (client_id, name, prefix, hash)
       select $1, 'filled', 'ctk_fill' || i, sha256(('filled' || i)::bytea)
       from generate_series(1, 98 - (select count(*)::integer from client_api_keys where client_id = $1 and revoked_at is null)) i`,
      [gateway.client.id],
    )
    const made = await Promise.all([1, 2, 3, 4].map((i) => ask(own, 'POST', '/keys', { name: `more-${i}` })))
    expect(made.map(({ status }) => status).sort()).toEqual([200, 200, 400, 400])
    expect(made.find(({ status }) => status === 400)?.body).toMatchObject({
      error: { code: 'invalid_body', message: 'There are 100 active keys already: revoke those that are not used any more.' },
    })
    const [first] = (await keys()).keys.filter(({ name }) => name === 'filled')
    expect(await ask(own, 'POST', `/keys/${first?.id}/revoke`)).toMatchObject({ status: 200 })
    expect(await ask(own, 'POST', '/keys', { name: 'again' })).toMatchObject({ status: 200 })
  })
})

describe('live figures', () => {
  it('have so many places for all of a client’s users together that others find one', async () => {
    const colleague = await addUser('colega@example.com', { role: 'client', clientId: gateway.client.id })
    const stop = new AbortController()
    // An answer that nobody holds is given up by the next garbage collection, and its place is free again.
    const held: Response[] = []
    const listen = async (browser: Browser) => {
      const { cookie } = browser
      const answer = await fetch(`${gateway.url}/api/portal/events`, { headers: { cookie }, signal: stop.signal })
      held.push(answer)
      return answer.status
    }
    try {
      for (let i = 0; i < 10; i++) expect([await listen(own), await listen(colleague)]).toEqual([200, 200])
      expect([await listen(own), await listen(colleague)]).toEqual([503, 503])
      const stranger = await addUser('estranha@example.com', { role: 'client', clientId: other.id })
      expect(await listen(stranger)).toBe(200)
    } finally {
      stop.abort()
    }
  })
})
