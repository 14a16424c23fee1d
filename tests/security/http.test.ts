import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser } from '../_support/browser.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { addPerson, password } from '../_support/people.ts'

// What a stranger, a browser and a proxy in front can make of the gateway's HTTP.

const adminToken = 'test'.repeat(10)
const https = { 'x-forwarded-proto': 'https' }
const megabyte = 1024 * 1024

let gateway: TestGateway
let person: Browser
beforeAll(async () => {
  gateway = await startTestGateway({
    env: {
      CATRACA_ADMIN_TOKEN: adminToken,
      CATRACA_TRUSTED_PROXIES: '127.0.0.1',
      CATRACA_BODY_LIMIT_MB: '4',
      CATRACA_BODIES_LIMIT_MB: '5',
    },
  })
  person = await addPerson(gateway, { email: 'ana@example.com', name: 'Ana', role: 'viewer', clientId: undefined })
})
afterAll(() => gateway?.close())

/** What comes back for these bytes, the connection left open as a slow sender would. Undefined: nothing within a moment. */
async function send(text: string): Promise<string | undefined> {
  const { hostname, port } = new URL(gateway.url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  try {
    await once(socket, 'connect')
    socket.write(text)
    const stop = new AbortController()
    const answer = once(socket, 'data', { signal: stop.signal }).then(
      ([data]) => String(data),
      () => undefined,
    )
    const first = await Promise.race([answer, delay(10_000, undefined, { ref: false })])
    stop.abort()
    return first
  } finally {
    socket.destroy()
  }
}

const head = (method: string, path: string, bytes: number, ...more: string[]) =>
  [`${method} ${path} HTTP/1.1`, 'host: x', 'content-type: application/json', `content-length: ${bytes}`, ...more, '', ''].join('\r\n')

describe('every answer', () => {
  const paths = ['/healthz', '/readyz', '/api/admin/clients', '/api/admin/nope', '/api/auth/get-session', '/nope', '/webhooks/whatsapp/x']
  it.each([...paths, '/api/openapi.json', '/api/test/gateway', '/api/portal/me'])(
    'of %s is no page, no script and in no frame',
    async (path) => {
      const { headers } = await fetch(`${gateway.url}${path}`, { headers: { accept: 'application/json' } })
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('x-frame-options')).toBe('DENY')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
      expect(headers.get('strict-transport-security')).toBeNull()
    },
  )

  it('that is a page keeps the page’s own policy', async () => {
    const { headers } = await fetch(`${gateway.url}/login`, { headers: { accept: 'text/html' } })
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'self';script-src 'self';[^,]*frame-ancestors 'none'$/)
    expect([headers.get('x-frame-options'), headers.get('x-content-type-options')]).toEqual(['DENY', 'nosniff'])
  })

  it('of a call is taken for what it is, also when it streams', async () => {
    for (const stream of [false, true]) {
      const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${gateway.client.key}` },
        body: JSON.stringify({ model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'Oi' }], stream }),
      })
      await answer.text()
      expect([answer.status, answer.headers.get('x-content-type-options')]).toEqual([200, 'nosniff'])
    }
  })

  it('says that there is https only where it came by https', async () => {
    for (const path of ['/healthz', '/login', '/v1/models']) {
      const { headers } = await fetch(`${gateway.url}${path}`, { headers: https })
      expect(headers.get('strict-transport-security'), path).toBe('max-age=31536000')
    }
  })
})

describe('a session’s cookie', () => {
  it('is for https only where the proxy was asked by https, whatever the public address is', async () => {
    const wish = { email: 'ana@example.com', password }
    const cookieOf = async (headers: Record<string, string>) =>
      (await person.post('/sign-in/email', wish, headers)).headers.getSetCookie().map((line) => /; *secure/i.test(line))
    expect(await cookieOf({ ...https, origin: gateway.url.replace('http:', 'https:') })).toEqual([true])
    expect(await cookieOf({})).toEqual([false])
  })
})

describe('a stranger’s large body', () => {
  const refused = [
    ['/v1/chat/completions', 401],
    ['/%761/chat/completions', 401],
    ['http://elsewhere.example/v1/chat/completions', 401],
    ['//v1/chat/completions', 404],
    ['/v1/nope', 404],
    ['/nope', 404],
    ['/healthz', 404],
    ['/api/test/gateway', 404],
    ['/api/admin/clients', 401],
    ['/api/portal/keys', 401],
    ['/api/auth/setup', 413],
    ['/api/auth/sign-in/email', 413],
    ['/webhooks/whatsapp/x', 401],
  ] as const
  it.each(refused)('to %s is refused before it is read (%i)', async (path, status) => {
    const answer = await send(`${head('POST', path, 3 * megabyte)}{`)
    expect(Number(answer?.split(' ')[1])).toBe(status)
  })

  it('takes bounded memory where a signature of all of it is to be judged', async () => {
    const { hostname, port } = new URL(gateway.url)
    const forger = connect(Number(port), hostname)
    await once(forger, 'connect')
    const forged = head('POST', '/webhooks/whatsapp/x', 2_900_000, 'x-hub-signature-256: sha256=00')
    forger.write(`${forged}{`)
    await expect.poll(async () => Number((await send(`${forged}{`))?.split(' ')[1]), { timeout: 20_000 }).toBe(503)
    forger.destroy()
  })
})

describe('requests that two servers may read in two ways', () => {
  const inner = 'GET /readyz HTTP/1.1\r\nhost: x\r\n\r\n'
  const chat = 'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n'
  it.each([
    ['a length and chunks', `${chat}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${inner}`],
    ['two lengths', `${chat}content-length: 4\r\ncontent-length: 0\r\n\r\n${inner}`],
    ['an encoding after chunks', `${chat}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n${inner}`],
    ['a space before the colon', `${chat}content-length : 0\r\n\r\n${inner}`],
    ['a folded header', `${chat}x: a\r\n content-length: 0\r\n\r\n${inner}`],
    ['bare line feeds', inner.replaceAll('\r', '')],
    ['no host', 'GET /readyz HTTP/1.1\r\n\r\n'],
    ['a control character', `GET /readyz HTTP/1.1\r\nhost: x\r\nx: \u0001\r\n\r\n`],
  ])('%s: refused, and nothing behind it is answered', async (_what, text) => {
    const answer = await send(text)
    expect(answer?.split(' ')[1]).toBe('400')
    expect(answer).not.toContain('"ready"')
  })
})

it('one person’s pages do not take the live figures away from everybody', async () => {
  const stop = new AbortController()
  // An answer that nobody holds is given up by the next garbage collection, and its place is free again.
  const held: Response[] = []
  const listen = async (headers: Record<string, string>) => {
    const answer = await fetch(`${gateway.url}/api/admin/events`, { headers, signal: stop.signal })
    held.push(answer)
    return answer.status
  }
  const answers = await Promise.all(Array.from({ length: 30 }, () => listen({ cookie: person.cookie })))
  expect(answers.filter((status) => status === 200)).toHaveLength(20)
  expect(answers.filter((status) => status === 503)).toHaveLength(10)
  expect(await listen({ authorization: `Bearer ${adminToken}` })).toBe(200)
  stop.abort()
})
