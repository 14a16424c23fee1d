import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSetupToken } from '../../src/accounts/index.ts'
import type { AdminApi } from '../../src/http/admin/index.ts'
import { Browser, totpCode } from '../_support/browser.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'

type Output<Route extends keyof AdminApi> = AdminApi[Route]['output']

const password = 'correct horse battery'
let gateway: TestGateway
let admin: Browser
let viewer: Browser
let addresses = 0
const fresh = () => new Browser(gateway.url, `198.51.100.${++addresses}`)
const ask = async <Body>(browser: Browser, method: string, path: string, body?: object) =>
  await browser.ask<Body>(method, `/api/admin${path}`, body)
const list = async (query = '') => (await ask<Output<'GET /users'>>(admin, 'GET', `/users${query}`)).body

/** By the link that the API shows, as its page does it. */
async function accept(link: string, name: string): Promise<Browser> {
  const browser = fresh()
  const made = await browser.post('/accept-invitation', { token: link.split('#token=')[1], name, password })
  expect(made.status).toBe(200)
  return browser
}

async function invite(body: object) {
  return await ask<Output<'POST /invitations'>>(admin, 'POST', '/invitations', body)
}

beforeAll(async () => {
  gateway = await startTestGateway({ env: { CATRACA_TRUSTED_PROXIES: '127.0.0.1' } })
  admin = fresh()
  const token = await createSetupToken(gateway.database)
  expect(await admin.post('/setup', { token, name: 'Ana', email: 'ana@example.com', password })).toMatchObject({ status: 200 })
})
afterAll(() => gateway.close())

describe('invitations', () => {
  it('make a user by a link that is shown once', async () => {
    const made = await invite({ email: 'Vera@Example.com', role: 'viewer' })
    expect(made.body).toMatchObject({
      email: 'vera@example.com',
      role: 'viewer',
      link: expect.stringMatching(/^\/invitation#token=[\w-]{43}$/),
    })
    const open = await ask<Output<'GET /invitations'>>(admin, 'GET', '/invitations')
    expect(open.body).toMatchObject([
      { id: made.body.id, email: 'vera@example.com', role: 'viewer', client: null, invited_by: 'ana@example.com' },
    ])
    expect(JSON.stringify(open.body)).not.toContain(made.body.link.split('=')[1])
    viewer = await accept(made.body.link, 'Vera')
    expect((await ask(admin, 'GET', '/invitations')).body).toEqual([])
  })

  it('are refused in words where they cannot be', async () => {
    const refusals: [object, string, string?][] = [
      [{ email: 'ana@example.com', role: 'admin' }, 'There is already a user ana@example.com', 'user_exists'],
      [{ email: 'nobody', role: 'viewer' }, '"nobody" is no e-mail address'],
      [{ email: 'c@example.com', role: 'client' }, 'A user of role client needs a client'],
      [{ email: 'c@example.com', role: 'viewer', client: 'agencia' }, 'only role client does'],
      [{ email: 'c@example.com', role: 'boss' }, 'role'],
    ]
    for (const [body, message, reason] of refusals) {
      const { status, body: answer } = await invite(body)
      expect({ status, answer }).toMatchObject({
        status: 400,
        answer: { error: { code: 'invalid_body', message: expect.stringContaining(message), ...(reason && { reason }) } },
      })
    }
    expect(await invite({ email: 'c@example.com', role: 'client', client: 'nobody' })).toMatchObject({ status: 404 })
  })

  it('can be taken back', async () => {
    const { body } = await invite({ email: 'late@example.com', role: 'client', client: 'agencia' })
    expect(await ask(admin, 'DELETE', `/invitations/${body.id}`)).toMatchObject({ status: 200 })
    for (const none of [body.id, crypto.randomUUID()]) {
      expect(await ask(admin, 'DELETE', `/invitations/${none}`)).toMatchObject({ status: 404 })
    }
    expect(await fresh().post('/invitation', { token: body.link.split('=')[1] })).toMatchObject({ status: 404 })
  })
})

describe('users', () => {
  it('are listed with what they may and when they came, and nothing that opens anything', async () => {
    const { items, total } = await list('?sort=name')
    expect(total).toBe(2)
    expect(items).toMatchObject([
      { name: 'Ana', email: 'ana@example.com', role: 'admin', client: null, two_factor: false, disabled_at: null, open_sessions: 1 },
      { name: 'Vera', email: 'vera@example.com', role: 'viewer' },
    ])
    for (const one of items) expect(Date.now() - Date.parse(one.last_log_in_at ?? '')).toBeLessThan(60_000)
    expect(Object.keys(items[0] ?? {}).sort()).toEqual(
      ['client', 'created_at', 'disabled_at', 'email', 'id', 'last_log_in_at', 'name', 'open_sessions', 'role', 'two_factor'].sort(),
    )
    expect((await list('?search=VERA')).items).toHaveLength(1)
    expect((await list('?role=client')).items).toEqual([])
    const first = await list('?sort=email&order=desc&limit=1')
    expect(first.items.map(({ name }) => name)).toEqual(['Vera'])
    expect((await list(`?sort=email&order=desc&limit=1&cursor=${first.next}`)).items.map(({ name }) => name)).toEqual(['Ana'])
  })

  it('are changed by admins alone', async () => {
    expect(await ask(viewer, 'GET', '/users')).toMatchObject({ status: 200 })
    expect(await ask(viewer, 'GET', '/invitations')).toMatchObject({ status: 200 })
    const writes: [string, string, object?][] = [
      ['POST', '/invitations', { email: 'x@example.com', role: 'admin' }],
      ['DELETE', `/invitations/${crypto.randomUUID()}`],
      ['PUT', '/users/vera@example.com/role', { role: 'admin' }],
      ['POST', '/users/ana@example.com/disable'],
      ['POST', '/users/ana@example.com/enable'],
      ['POST', '/users/ana@example.com/reset-link'],
      ['DELETE', '/users/ana@example.com'],
      ['DELETE', '/users/ana@example.com/two-factor'],
      ['DELETE', '/users/ana@example.com/sessions'],
      ['DELETE', `/users/ana@example.com/sessions/${crypto.randomUUID()}`],
    ]
    for (const [method, path, body] of writes) expect(await ask(viewer, method, path, body), path).toMatchObject({ status: 403 })
    expect(await fresh().ask('GET', '/api/admin/users')).toMatchObject({ status: 401 })
  })

  it('keep one admin', async () => {
    for (const [method, path, body] of [
      ['PUT', '/role', { role: 'viewer' }],
      ['POST', '/disable', undefined],
      ['DELETE', '', undefined],
    ] as const) {
      expect((await ask(admin, method, `/users/ana@example.com${path}`, body)).body).toMatchObject({
        error: { message: 'ana@example.com is the last admin: make another user admin first', reason: 'last_admin' },
      })
    }
    expect(await admin.session()).not.toBeNull()
  })

  it('get another role at once, lose and regain the log-in, and are removed', async () => {
    const path = '/users/vera@example.com'
    const changed = await ask<Output<'PUT /users/:user/role'>>(admin, 'PUT', `${path}/role`, { role: 'client', client: 'agencia' })
    expect(changed.body).toMatchObject({ role: 'client', client: 'agencia' })
    expect(await ask(viewer, 'GET', '/users')).toMatchObject({ status: 403 })
    expect((await list('?client=agencia')).items).toHaveLength(1)

    expect((await ask(admin, 'POST', `${path}/disable`)).body).toMatchObject({ disabled_at: expect.any(String), open_sessions: 0 })
    expect(await viewer.session()).toBeNull()
    expect((await list('?state=disabled')).items).toHaveLength(1)
    expect((await ask(admin, 'POST', `${path}/enable`)).body).toMatchObject({ disabled_at: null })
    expect(await viewer.logIn('vera@example.com', password)).toMatchObject({ status: 200 })

    expect(await ask(admin, 'DELETE', path)).toMatchObject({ status: 200, body: { email: 'vera@example.com' } })
    expect(await viewer.session()).toBeNull()
    expect(await ask(admin, 'DELETE', path)).toMatchObject({ status: 404 })
  })

  it('get a new password, sessions that end, and are let in without the device that was lost', async () => {
    const { link } = (await invite({ email: 'bia@example.com', role: 'viewer' })).body
    const bia = await accept(link, 'Bia')
    const { body: enrolled } = await bia.post<{ totpURI: string }>('/two-factor/enable', { password })
    expect(await bia.post('/two-factor/verify-totp', { code: totpCode(enrolled.totpURI) })).toMatchObject({ status: 200 })
    expect((await list('?search=bia')).items).toMatchObject([{ two_factor: true }])

    const path = '/users/bia@example.com'
    const sessions = await ask<Output<'GET /users/:user/sessions'>>(admin, 'GET', `${path}/sessions`)
    expect(sessions.body).toEqual([
      {
        id: expect.any(String),
        address: bia.address,
        user_agent: expect.any(String),
        created_at: expect.any(String),
        expires_at: expect.any(String),
      },
    ])
    expect((await ask(admin, 'DELETE', `${path}/sessions/${sessions.body[0]?.id}`)).body).toEqual({ ended: 1 })
    expect(await bia.session()).toBeNull()

    expect((await ask(admin, 'DELETE', `${path}/two-factor`)).body).toMatchObject({ two_factor: false })
    expect((await bia.logIn('bia@example.com', password)).body).not.toHaveProperty('twoFactorRedirect')
    expect((await ask(admin, 'DELETE', `${path}/sessions`)).body).toEqual({ ended: 1 })

    const reset = await ask<Output<'POST /users/:user/reset-link'>>(admin, 'POST', `${path}/reset-link`)
    expect(reset.body).toMatchObject({ email: 'bia@example.com', link: expect.stringMatching(/^\/reset-password#token=/) })
    const newPassword = 'another horse battery'
    const token = reset.body.link.split('#token=')[1]
    expect(await fresh().post('/reset-password', { token, newPassword })).toMatchObject({ status: 200 })
    expect(await fresh().logIn('bia@example.com', newPassword)).toMatchObject({ status: 200 })
    const actors = await gateway.database.query(
      "select distinct actor from audit_log where table_name = 'auth_users' and action in ('reset_link', 'two_factor_off', 'sessions_revoked')",
    )
    expect(actors).toContainEqual({ actor: 'ana@example.com' })
  })
})
