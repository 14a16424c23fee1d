import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createResetToken,
  createSetupToken,
  getUser,
  inviteUser,
  listInvitations,
  listSessions,
  removeUser,
  revokeInvitation,
  revokeSessions,
  setDisabled,
  setRole,
} from '../../src/accounts/index.ts'
import { readConfig } from '../../src/config/index.ts'
import { type RunningServer, startServer } from '../../src/server.ts'
import { silentLog } from '../../src/shared/log.ts'
import { Browser, totpCode } from '../_support/browser.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { reportFigure } from '../_support/report-figure.ts'

const adminToken = 'test-admin-token-of-32-characters'
const publicUrl = 'https://ai.example.com'
const password = 'correct horse battery'
/** Everything that must never stand in a table. */
const secrets: string[] = [password]

let gateway: TestGateway
/** A second replica of it. */
let replica: RunningServer
/** On the same database, in production and behind https. */
let production: RunningServer
let setupToken: string
let admin: Browser
let client: Browser
let addresses = 0

const fresh = (url = gateway.url) => new Browser(url, `198.51.100.${++addresses}`)
const db = () => gateway.database

async function addUser(email: string, wish: { role: 'admin' | 'viewer' } | { role: 'client'; clientId: string }): Promise<Browser> {
  const { token } = await inviteUser(db(), { clientId: undefined, ...wish, email }, 'ana@example.com')
  secrets.push(token)
  const browser = fresh()
  expect(await browser.post('/accept-invitation', { token, name: email, password })).toMatchObject({ status: 200 })
  return browser
}

beforeAll(async () => {
  gateway = await startTestGateway({ env: { CATRACA_TRUSTED_PROXIES: '127.0.0.1' } })
  const start = (env: Record<string, string>) =>
    startServer(readConfig({ ...gateway.env, CATRACA_DATA_DIR: `${gateway.env.CATRACA_DATA_DIR}/${Object.keys(env).length}`, ...env }), {
      log: silentLog,
    })
  replica = await start({})
  production = await start({
    NODE_ENV: 'production',
    CATRACA_PUBLIC_URL: `${publicUrl}/`,
    CATRACA_ADMIN_TOKEN: adminToken,
    CATRACA_TRUSTED_PROXIES: '',
  })
  setupToken = (await createSetupToken(db())) ?? ''
  secrets.push(setupToken)
})
afterAll(async () => {
  await production.close()
  await replica.close()
  await gateway.close()
})

describe('the first admin', () => {
  it('comes by the set-up link, once, even when two use it at the same time', async () => {
    const older = setupToken
    setupToken = (await createSetupToken(db())) ?? ''
    secrets.push(setupToken)
    expect((await fresh().ask('GET', '/api/auth/setup')).body).toEqual({ needed: true })
    const wish = { name: 'Ana', email: 'Ana@Example.com', password, role: 'client', emailVerified: true }
    expect(await fresh().post('/setup', { ...wish, token: older })).toMatchObject({ status: 404, body: { code: 'not_found' } })
    expect(await fresh().post('/setup', { ...wish, token: setupToken, password: 'too short' })).toMatchObject({
      status: 400,
      body: { code: 'invalid_body', message: expect.stringContaining('password: must have at least 12 characters') },
    })
    const rivals = [fresh(), fresh(replica.url)]
    const answers = await Promise.all(
      rivals.map((rival, n) => rival.post('/setup', { ...wish, token: setupToken, email: n === 0 ? wish.email : 'eve@example.com' })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404])
    await db().query(`update auth_users set email = 'ana@example.com'`)
    admin = rivals[answers.findIndex(({ status }) => status === 200)] as Browser
    admin = admin.at(gateway.url)
    expect(await admin.session()).toMatchObject({
      user: { name: 'Ana', email: 'ana@example.com', role: 'admin', clientId: null, emailVerified: false, twoFactorEnabled: false },
    })
    expect((await fresh().ask('GET', '/api/auth/setup')).body).toEqual({ needed: false })
    expect(await fresh().post('/setup', { ...wish, token: setupToken })).toMatchObject({ status: 404 })
    expect(await createSetupToken(db())).toBeUndefined()
  })

  it('is the last that can be demoted, disabled or removed', async () => {
    const last = 'ana@example.com is the last admin: make another user admin first'
    await expect(setRole(db(), 'ana@example.com', { role: 'viewer', clientId: undefined }, undefined)).rejects.toThrow(last)
    await expect(setDisabled(db(), 'ana@example.com', true, undefined)).rejects.toThrow(last)
    await expect(removeUser(db(), 'ana@example.com', undefined)).rejects.toThrow(last)
    expect(await admin.session()).not.toBeNull()
  })
})

describe('an invitation', () => {
  it('makes the user that it says, with the role and client that it says', async () => {
    const wish = { email: 'Cliente@Example.com', role: 'client', clientId: gateway.client.id } as const
    const { token } = await inviteUser(db(), wish, 'ana@example.com')
    secrets.push(token)
    const browser = fresh()
    expect((await browser.post('/invitation', { token })).body).toEqual({
      email: 'cliente@example.com',
      role: 'client',
      client: 'agencia',
      expiresAt: expect.stringMatching(/^\d{4}-/),
    })
    expect(await listInvitations(db())).toMatchObject([
      { email: 'cliente@example.com', clientSlug: 'agencia', invitedBy: 'ana@example.com' },
    ])
    const more = { role: 'admin', clientId: null, client_id: null, email: 'other@example.com' }
    const made = await browser.post('/accept-invitation', { token, name: 'Cliente', password, ...more })
    expect(made).toMatchObject({ status: 200, body: { user: { email: 'cliente@example.com', role: 'client' } } })
    const [cookie = ''] = made.headers.getSetCookie()
    expect(cookie).toMatch(/^catraca\.session_token=[^;]+; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/i)
    expect(await browser.session()).toMatchObject({ user: { role: 'client', clientId: gateway.client.id } })
    expect(await fresh().post('/accept-invitation', { token, name: 'Again', password })).toMatchObject({ status: 404 })
    expect(await listInvitations(db())).toEqual([])
    client = browser
  })

  it('is void when it is revoked, replaced or too old', async () => {
    const wish = { email: 'late@example.com', role: 'viewer', clientId: undefined } as const
    const refused = async (token: string) => expect(await fresh().post('/invitation', { token })).toMatchObject({ status: 404 })
    const first = await inviteUser(db(), wish, undefined)
    const second = await inviteUser(db(), wish, undefined)
    await refused(first.token)
    await revokeInvitation(db(), second.id, undefined)
    await refused(second.token)
    const third = await inviteUser(db(), wish, undefined)
    await db().query(`update auth_invitations set expires_at = now() where id = $1`, [third.id])
    await refused(third.token)
    await refused(setupToken)
    await expect(inviteUser(db(), { ...wish, email: 'ana@example.com' }, undefined)).rejects.toThrow('There is already a user')
    await expect(inviteUser(db(), { ...wish, role: 'client' }, undefined)).rejects.toThrow('needs a client')
    await expect(inviteUser(db(), { ...wish, clientId: gateway.client.id }, undefined)).rejects.toThrow('only role client does')
    await expect(db().query(`insert into auth_users (name, email, role) values ('x', 'x@example.com', 'client')`)).rejects.toThrow(
      'only_client_users_have_a_client',
    )
  })

  it('is the only way in, and nobody gives themselves more', async () => {
    const signUp = await fresh().post('/sign-up/email', { name: 'Eve', email: 'eve@example.com', password, role: 'admin' })
    expect(signUp.status).toBe(404)
    const wish = { name: 'Novo nome', role: 'admin', clientId: null, client_id: null, disabledAt: null, twoFactorEnabled: true, image: 'x' }
    expect(await client.post('/update-user', wish)).toMatchObject({ status: 200 })
    expect(await client.session()).toMatchObject({
      user: { name: 'Novo nome', role: 'client', clientId: gateway.client.id, twoFactorEnabled: false, image: null },
    })
    expect((await client.post('/update-user', { role: 'admin' })).status).toBe(400)
    for (const path of ['/change-email', '/delete-user', '/verify-password', '/update-session', '/request-password-reset']) {
      expect(await client.post(path, { newEmail: 'x@example.com' }), path).toMatchObject({ status: 404 })
    }
  })
})

describe('a session', () => {
  it('is a new one at each log-in, whatever cookie came along', async () => {
    const browser = client.at(gateway.url)
    const before = (await browser.session())?.session.token
    expect(await browser.logIn('CLIENTE@example.com', password)).toMatchObject({ status: 200 })
    expect((await browser.session())?.session.token).not.toBe(before)
    const planted = fresh()
    planted.cookies.set('catraca.session_token', 'planted.by-somebody')
    expect((await planted.logIn('cliente@example.com', password)).status).toBe(200)
    expect(planted.cookie).not.toContain('planted')
  })

  it('ends on every replica at once: by log-out, by revocation, with a new password, with its user', async () => {
    const ends = async (browser: Browser) => expect(await browser.at(replica.url).session()).toBeNull()
    const [one, two, three] = [client, fresh(), fresh(replica.url)]
    for (const browser of [two, three]) expect((await browser.logIn('cliente@example.com', password)).status).toBe(200)
    const left = one.at(gateway.url)
    expect((await one.post('/sign-out')).status).toBe(200)
    await ends(left)

    const changed = await two.post('/change-password', {
      currentPassword: password,
      newPassword: 'another password',
      revokeOtherSessions: false,
    })
    expect(changed.status).toBe(200)
    await ends(three)
    expect(await two.at(replica.url).session()).not.toBeNull()
    secrets.push('another password')

    const [open] = await listSessions(db(), 'cliente@example.com')
    expect(open).toMatchObject({ address: two.address, email: 'cliente@example.com' })
    expect(await revokeSessions(db(), 'cliente@example.com', open?.id, 'ana@example.com')).toBe(1)
    await ends(two)
    expect((await one.logIn('cliente@example.com', 'another password')).status).toBe(200)
    await setRole(db(), 'cliente@example.com', { role: 'viewer', clientId: undefined }, 'ana@example.com')
    expect(await one.at(replica.url).session()).toMatchObject({ user: { role: 'viewer', clientId: null } })
    await setDisabled(db(), 'cliente@example.com', true, 'ana@example.com')
    await ends(one)
    expect(await one.logIn('cliente@example.com', 'another password')).toMatchObject({ status: 403, body: { code: 'USER_DISABLED' } })
    expect(await one.session()).toBeNull()
    await setDisabled(db(), 'cliente@example.com', false, 'ana@example.com')
    await setRole(db(), 'cliente@example.com', { role: 'client', clientId: gateway.client.id }, 'ana@example.com')
    expect((await one.logIn('cliente@example.com', 'another password')).status).toBe(200)
    client = one
  })

  it('can be ended by its own user from another browser', async () => {
    const other = fresh()
    await other.logIn('cliente@example.com', 'another password')
    const listed = await client.ask<{ token: string; ipAddress: string }[]>('GET', '/api/auth/list-sessions')
    expect(listed.body).toHaveLength(2)
    const token = listed.body.find(({ ipAddress }) => ipAddress === other.address)?.token
    expect((await admin.post('/revoke-session', { token })).status).toBe(200)
    expect(await other.session()).not.toBeNull()
    expect((await client.post('/revoke-session', { token })).status).toBe(200)
    expect(await other.session()).toBeNull()
    expect(await client.session()).not.toBeNull()
  })

  it('does nothing for a page of another origin', async () => {
    const evil = { origin: 'https://evil.example' }
    const refused = { status: 403, body: { code: 'origin_mismatch' } }
    expect(await client.post('/sign-out', {}, evil)).toMatchObject(refused)
    expect(await client.post('/sign-out', {}, { origin: 'null' })).toMatchObject(refused)
    const bare = { cookie: client.cookie, 'content-type': 'application/json' }
    const send = (headers: Record<string, string>) => fetch(`${gateway.url}/api/auth/sign-out`, { method: 'POST', headers, body: '{}' })
    expect((await send(bare)).status).toBe(403)
    expect((await send({ ...bare, 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect(await fresh().post('/sign-in/email', { email: 'ana@example.com', password }, evil)).toMatchObject(refused)
    expect(await client.session()).not.toBeNull()
    expect((await db().query(`select 1 from auth_rate_limits where key like 'account:%' and cardinality(tries) > 0`)).length).toBe(0)
  })
})

describe('behind https', () => {
  it('cookies are for https only, and only the public address may ask', async () => {
    const browser = new Browser(production.url)
    const wish = { email: 'cliente@example.com', password: 'another password' }
    expect(await browser.post('/sign-in/email', wish)).toMatchObject({ status: 403, body: { code: 'origin_mismatch' } })
    const made = await browser.post('/sign-in/email', wish, { origin: publicUrl })
    expect(made.headers.getSetCookie()[0]).toMatch(/^__Secure-catraca\.session_token=.*; Secure/)
    await browser.post('/sign-out', {}, { origin: publicUrl })
  })

  it('the test endpoint is for an admin only', async () => {
    const ask = (headers: Record<string, string>) =>
      fetch(`${production.url}/api/test/gateway?client=agencia`, { headers }).then(({ status }) => status)
    expect(await ask({})).toBe(403)
    expect(await ask({ authorization: `Bearer ${adminToken}` })).toBe(200)
    const browser = new Browser(production.url)
    await browser.post('/sign-in/email', { email: 'cliente@example.com', password: 'another password' }, { origin: publicUrl })
    expect(await browser.session()).not.toBeNull()
    expect(await ask({ cookie: browser.cookie })).toBe(403)
    await browser.post('/sign-in/email', { email: 'ana@example.com', password }, { origin: publicUrl })
    expect(await ask({ cookie: browser.cookie })).toBe(200)
    expect(await ask({ cookie: browser.cookie, 'sec-fetch-site': 'cross-site' })).toBe(403)
    expect(await ask({ cookie: browser.cookie, authorization: 'Bearer wrong' })).toBe(403)
  })
})

describe('a second factor', () => {
  it('is asked for after the password, and a backup code does once', async () => {
    const owner = await addUser('bia@example.com', { role: 'viewer' })
    expect((await owner.post('/two-factor/enable', { password: 'not the password' })).status).toBe(400)
    const enabled = await owner.post<{ totpURI: string; backupCodes: string[] }>('/two-factor/enable', { password })
    const { totpURI, backupCodes } = enabled.body
    expect(totpURI).toMatch(/^otpauth:\/\/totp\/Catraca/)
    secrets.push(new URL(totpURI).searchParams.get('secret') ?? '', ...backupCodes)
    expect((await owner.session())?.user.twoFactorEnabled).toBe(false)
    expect((await owner.post('/two-factor/verify-totp', { code: totpCode(totpURI) })).status).toBe(200)
    expect((await owner.session())?.user.twoFactorEnabled).toBe(true)

    const browser = fresh()
    expect(await browser.logIn('bia@example.com', password)).toMatchObject({
      status: 200,
      body: { twoFactorRedirect: true, twoFactorMethods: ['totp'] },
    })
    expect(await browser.session()).toBeNull()
    expect(await browser.post('/two-factor/verify-totp', { code: '000000' })).toMatchObject({ status: 401, body: { code: 'INVALID_CODE' } })
    expect((await browser.at(replica.url).post('/two-factor/verify-totp', { code: totpCode(totpURI) })).status).toBe(200)

    const [code] = backupCodes
    for (const expected of [200, 401]) {
      const again = fresh()
      await again.logIn('bia@example.com', password)
      expect(await again.post('/two-factor/verify-backup-code', { code })).toMatchObject({ status: expected })
      expect((await again.session()) !== null).toBe(expected === 200)
    }
  })

  it('is asked for again after a new password, also on a device that was remembered; what the old one began ends', async () => {
    const email = 'dea@example.com'
    const owner = await addUser(email, { role: 'viewer' })
    const { totpURI, backupCodes } = (await owner.post<{ totpURI: string; backupCodes: string[] }>('/two-factor/enable', { password })).body
    secrets.push(new URL(totpURI).searchParams.get('secret') ?? '', ...backupCodes)
    const code = () => totpCode(totpURI)
    expect((await owner.post('/two-factor/verify-totp', { code: code() })).status).toBe(200)

    const remembered = fresh()
    const asked = async (browser: Browser, by: string) => (await browser.logIn(email, by)).body.twoFactorRedirect === true
    /** A log-in by the password of now that only lacks its code. */
    const begin = async (by: string) => {
      const begun = fresh()
      expect(await asked(begun, by)).toBe(true)
      return begun
    }
    const remember = async (by: string) => {
      expect(await asked(remembered, by)).toBe(true)
      expect((await remembered.post('/two-factor/verify-totp', { code: code(), trustDevice: true })).status).toBe(200)
      expect(await asked(remembered, by)).toBe(false)
    }
    const link = await createResetToken(db(), email, 'ana@example.com')
    await remember(password)
    const beforeChange = await begin(password)
    expect((await owner.post('/change-password', { currentPassword: password, newPassword: 'a fifth password' })).status).toBe(200)
    expect((await beforeChange.post('/two-factor/verify-totp', { code: code() })).status).toBe(401)
    expect((await fresh().post('/reset-password', { token: link.token, newPassword: 'a sixth password' })).status).toBe(400)

    const { token } = await createResetToken(db(), email, 'ana@example.com')
    await remember('a fifth password')
    const beforeReset = await begin('a fifth password')
    expect((await fresh().post('/reset-password', { token, newPassword: 'a seventh password' })).status).toBe(200)
    secrets.push(link.token, token, 'a fifth password', 'a seventh password')
    expect((await beforeReset.post('/two-factor/verify-totp', { code: code() })).status).toBe(401)
    expect(await asked(remembered, 'a seventh password')).toBe(true)
  })

  it('is tried ten times in 15 minutes, over challenges, addresses and replicas, whoever knows the password', async () => {
    let tried = 1
    let last = { status: 0, headers: new Headers() }
    for (const url of [gateway.url, replica.url]) {
      const browser = fresh(url)
      expect((await browser.logIn('bia@example.com', password)).body.twoFactorRedirect).toBe(true)
      for (; last.status !== 429 && tried <= 5 * (url === gateway.url ? 1 : 3); tried++) {
        last = await browser.at(url).post('/two-factor/verify-totp', { code: '000000' })
      }
    }
    // One more was the used backup code of the test before.
    expect({ status: last.status, tried }).toEqual({ status: 429, tried: 11 })
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(800)
  })
})

describe('a link for a new password', () => {
  it('works once, ends all sessions, and lets nobody in by itself', async () => {
    const before = await createResetToken(db(), 'cliente@example.com', 'ana@example.com')
    const { token } = await createResetToken(db(), 'cliente@example.com', 'ana@example.com')
    secrets.push(token)
    const set = (value: string, newPassword: string) => fresh().post('/reset-password', { token: value, newPassword })
    expect((await set(before.token, 'a third password')).status).toBe(400)
    expect((await set(token, 'short')).status).toBe(400)
    expect(await client.session()).not.toBeNull()
    expect((await set(token, 'a third password')).status).toBe(200)
    secrets.push('a third password')
    expect(await client.at(replica.url).session()).toBeNull()
    expect((await set(token, 'a fourth password')).status).toBe(400)
    expect((await client.logIn('cliente@example.com', 'another password')).status).toBe(401)
    expect((await client.logIn('cliente@example.com', 'a third password')).status).toBe(200)
  })
})

describe('brute force', () => {
  const wrong = 'not the password'

  it('of one address ends after ten tries, also when they come at once to two replicas', async () => {
    const urls = [gateway.url, replica.url]
    const seven = (from: number) =>
      Promise.all(
        Array.from({ length: 7 }, (_, n) => new Browser(urls[n % 2] ?? '', '203.0.113.9').logIn(`nobody-${from + n}@example.com`, wrong)),
      )
    const answers = [...(await seven(0)), ...(await seven(7))]
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(10).fill(401), ...Array(4).fill(429)])
    const refused = await new Browser(gateway.url, '203.0.113.9').logIn('cliente@example.com', 'a third password')
    expect(refused).toMatchObject({
      status: 429,
      body: { code: 'rate_limited', message: 'Too many tries. Wait 15 minutes, then try again.' },
    })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(800)
    expect((await fresh().logIn('cliente@example.com', 'a third password')).status).toBe(200)
    reportFigure(
      'S10',
      undefined,
      `14 wrong passwords from one address at 2 replicas: 10 were looked at, then 429 for ${refused.headers.get('retry-after')} s`,
    )
  })

  it('of one account ends after ten tries from anywhere, and a log-in before that forgets them', async () => {
    const attempt = async (email: string, with_: string) => {
      const start = process.cpuUsage()
      const { status, body } = await fresh().logIn(email, with_)
      return { status, body, work: process.cpuUsage(start).user }
    }
    const known = []
    for (let n = 0; n < 2; n++) known.push(await attempt('cliente@example.com', wrong))
    expect((await attempt('cliente@example.com', 'a third password')).status).toBe(200)
    const unknown = []
    for (let n = 0; n < 10; n++) {
      known.push(await attempt('cliente@example.com', wrong))
      if (n < 3) unknown.push(await attempt('nobody@example.com', wrong))
    }
    expect(new Set([...known, ...unknown].map(({ status, body }) => `${status} ${JSON.stringify(body)}`)).size).toBe(1)
    expect(known[0]).toMatchObject({ status: 401, body: { code: 'INVALID_EMAIL_OR_PASSWORD' } })
    // By the work and not by the clock, which other tests share. A password that is not hashed is a tenth of it.
    const least = (of: { work: number }[]) => Math.min(...of.map(({ work }) => work))
    expect(least(unknown) / least(known)).toBeGreaterThan(0.5)
    expect(least(unknown) / least(known)).toBeLessThan(2)
    expect(await attempt('cliente@example.com', 'a third password')).toMatchObject({ status: 429 })
    await createResetToken(db(), 'cliente@example.com', undefined)
    expect(await attempt('cliente@example.com', 'a third password')).toMatchObject({ status: 200 })
  })

  it('is counted by the address of the connection where no proxy is trusted', async () => {
    await db().query('delete from auth_rate_limits')
    const browser = new Browser(production.url, '192.0.2.77')
    await browser.post('/reset-password', { token: 'x', newPassword: 'long enough to try' }, { origin: publicUrl })
    const rows = await db().query<{ key: string }>('select key from auth_rate_limits')
    expect(rows.map(({ key }) => key)).toEqual(['address:127.0.0.1'])
  })
})

describe('a stolen dump', () => {
  it('holds nothing that opens anything', async () => {
    const tables = await db().query<{ name: string }>(`select tablename as name from pg_tables where tablename like 'auth\\_%'`)
    expect(tables).toHaveLength(7)
    let dump = ''
    for (const name of [...tables.map((table) => table.name), 'audit_log', 'vault.secrets']) {
      dump += JSON.stringify(await db().query(`select to_jsonb(t) as row from ${name} t`))
    }
    const cookies = [admin, client].flatMap((browser) => [...browser.cookies.values()])
    expect(cookies.length).toBeGreaterThan(1)
    for (const secret of [...secrets, ...cookies, ...cookies.map(decodeURIComponent)]) expect(dump).not.toContain(secret)
    reportFigure(
      'S2',
      undefined,
      `${secrets.length} passwords, links, codes and ${cookies.length} cookies: none in ${tables.length + 2} tables`,
    )
  })

  it('has session tokens that are no cookies', async () => {
    const [row] = await db().query<{ token: string }>('select token from auth_sessions limit 1')
    const token = row?.token ?? ''
    const signed = decodeURIComponent(admin.cookies.get('catraca.session_token') ?? '')
    for (const forged of [token, `${token}.`, `${token}.${signed.split('.')[1]}x`, `${token}.${Buffer.alloc(32).toString('base64')}`]) {
      const thief = fresh()
      thief.cookies.set('catraca.session_token', encodeURIComponent(forged))
      expect(await thief.session()).toBeNull()
    }
  })

  it('is not to be had from the gateway’s own role', async () => {
    await expect(
      db().transaction(async (tx) => {
        await tx.query('set local role catraca_gateway')
        await tx.query('select * from auth_sessions')
      }),
    ).rejects.toThrow('permission denied')
  })
})

describe('the audit log', () => {
  it('says who did what', async () => {
    await removeUser(db(), 'bia@example.com', 'ana@example.com')
    const rows = await db().query<{ line: string }>(
      `select distinct actor || ' ' || action as line from audit_log where table_name = 'auth_users' order by 1`,
    )
    expect(rows.map(({ line }) => line)).toEqual(
      expect.arrayContaining([
        'ana@example.com invite',
        'ana@example.com log_in',
        'ana@example.com reset_link',
        'ana@example.com update',
        'ana@example.com delete',
        'ana@example.com sessions_revoked',
        'bia@example.com insert',
        'bia@example.com two_factor_on',
        'bia@example.com log_in_failed',
        'cliente@example.com log_out',
        'cliente@example.com password_changed',
        'cliente@example.com password_reset',
        'unknown log_in_failed',
      ]),
    )
    // A client's users go with it.
    const { id: clientId } = await gateway.addClient()
    await setRole(db(), 'cliente@example.com', { role: 'client', clientId }, undefined)
    await db().query('delete from clients where id = $1', [clientId])
    await expect(getUser(db(), 'cliente@example.com')).rejects.toThrow('There is no user')
    expect(await client.session()).toBeNull()
  })
})
