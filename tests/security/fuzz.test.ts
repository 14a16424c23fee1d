import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { adminRoutes } from '../../src/http/admin/index.ts'
import type { ApiRoute } from '../../src/http/api/index.ts'
import { portalRoutes } from '../../src/http/portal/index.ts'
import type { Browser } from '../_support/browser.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { addPerson } from '../_support/people.ts'
import { isLong, reportFigure, testSeed } from '../_support/report-figure.ts'

// S1: every parameter, query and body field of every route that its own schema names, each header besides, with text that means something
// to SQL, JSON, JavaScript, URLs and paths. Nothing is an internal error, and nothing but what was named is written.

const token = 'test'.repeat(10)
/** What PostgreSQL has no place for: everywhere, in the short form too. */
const always: readonly unknown[] = ['\u0000', '\ud800']
const nasty: readonly unknown[] = [
  "' or 1=1 --",
  '"; drop table clients; --',
  '$1',
  '\\',
  '%00',
  '../..',
  '__proto__',
  '{{7*7}}',
  '9'.repeat(400),
  'a'.repeat(5000),
  '1e400',
  '-1',
  '+292277026596-12-04T15:30:08Z',
  '0000-00',
  'eyJhIjoxfQ',
]
const nastyValues: readonly unknown[] = [...nasty, null, 1e308, -1, 1e17, [], [[]], {}, { $ne: null }, true]

let next = testSeed
/** In the long form all of them, in the short one some for each field, others in each run. */
function some(values: readonly unknown[]): unknown[] {
  if (isLong) return [...always, ...values]
  return [...always, values[next++ % values.length], values[next++ % values.length]]
}

const errors: unknown[] = []
let gateway: TestGateway
let client: Browser
beforeAll(async () => {
  const log = { info: () => {}, warn: () => {}, error: (message: string, cause?: unknown) => errors.push([message, cause]) }
  gateway = await startTestGateway({ env: { CATRACA_ADMIN_TOKEN: token, CATRACA_TRUSTED_PROXIES: '127.0.0.1' }, log })
  client = await addPerson(gateway, { email: 'c@example.com', name: 'C', role: 'client', clientId: gateway.client.id })
})
afterAll(() => gateway?.close())

interface Wish {
  method: string
  path: string
  headers: Record<string, string>
  body?: string
}

async function ask({ path, ...wish }: Wish): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${gateway.url}${path}`, wish)
  return { status: answer.status, text: await answer.text() }
}

/** What this field could be, so that the others do not hide it. */
function sampleOf(schema: z.ZodObject | undefined): Record<string, unknown> {
  if (!schema) return {}
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as {
    properties?: Record<string, { type?: string; enum?: unknown[]; format?: string; pattern?: string }>
    required?: string[]
  }
  return Object.fromEntries(
    required.map((name) => {
      const { type, enum: values, format } = properties[name] ?? {}
      if (values) return [name, values[0]]
      if (format === 'uuid') return [name, '00000000-0000-4000-8000-000000000000']
      if (type === 'integer' || type === 'number') return [name, 1]
      if (type === 'array') return [name, []]
      if (type === 'boolean') return [name, true]
      return [name, name === 'month' ? '2026-11' : name === 'email' ? 'x@example.com' : '1']
    }),
  )
}

function wishesOf(prefix: string, route: ApiRoute, headers: Record<string, string>): Wish[] {
  const { params, query, body } = route.input
  const fields = (schema: unknown) => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : [])
  const known: Record<string, unknown> = { ...sampleOf(params), client: 'agencia' }
  const wish = (parts: { params?: Record<string, unknown>; query?: Record<string, unknown>; body?: unknown }): Wish => {
    const path = route.url.replaceAll(/:(\w+)/g, (_all, name: string) =>
      encodeURIComponent(wellFormed(parts.params?.[name] ?? known[name] ?? 'x')),
    )
    const asked = { ...sampleOf(query), ...parts.query }
    const search = new URLSearchParams(Object.entries(asked).map(([name, value]) => [name, String(value)]))
    const sent = parts.body ?? sampleOf(body instanceof z.ZodObject ? body : undefined)
    return {
      method: route.method,
      path: `${prefix}${path}?${search}`,
      headers,
      ...(route.method !== 'GET' && { body: JSON.stringify(sent) }),
    }
  }
  const sample = sampleOf(body instanceof z.ZodObject ? body : undefined)
  return [
    ...fields(params).flatMap((name) => some(nasty).map((value) => wish({ params: { [name]: value } }))),
    ...fields(query).flatMap((name) => some(nasty).map((value) => wish({ query: { [name]: value } }))),
    ...fields(body).flatMap((name) => some(nastyValues).map((value) => wish({ body: { ...sample, [name]: value } }))),
    ...(body
      ? [...some(nastyValues), JSON.parse('{"__proto__":{"role":"admin"},"constructor":{"prototype":{"x":1}}}')].map((value) =>
          wish({ body: value }),
        )
      : []),
  ]
}

function wellFormed(value: unknown): string {
  return String(value).toWellFormed().slice(0, 2_000)
}

async function inTurns(wishes: readonly Wish[], judge: (wish: Wish, answer: { status: number; text: string }) => void): Promise<void> {
  const left = wishes.values()
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (const wish of left) {
        let answer = await ask(wish)
        // The machine was too busy for the database to answer in time: nothing has been judged.
        for (; answer.status === 503 && answer.text.includes('ledger_unavailable'); answer = await ask(wish)) await delay(100)
        judge(wish, answer)
      }
    }),
  )
}

it('of the admin API and the portal: a refusal in words, whatever stands where', async () => {
  const wishes = [
    ...adminRoutes.flatMap((route) => wishesOf('/api/admin', route, { authorization: `Bearer ${token}` })),
    ...portalRoutes.flatMap((route) => wishesOf('/api/portal', route, { cookie: client.cookie, origin: gateway.url })),
  ]
  const problems: string[] = []
  await inTurns(wishes, ({ method, path, body }, { status, text }) => {
    const isOurs = status >= 500 && !text.includes('pgvector, which this database lacks')
    if (isOurs || /\bat .+\.ts:\d|pg_catalog|syntax error at/.test(text))
      problems.push(`${method} ${path.slice(0, 200)} ${(body ?? '').slice(0, 200)}: ${status} ${text.slice(0, 300)}`)
  })
  expect(problems).toEqual([])
  expect(errors).toEqual([])
  expect(({} as Record<string, unknown>).role).toBeUndefined()
  reportFigure('S1', testSeed, `${wishes.length} requests to ${adminRoutes.length + portalRoutes.length} routes: 0 internal errors`)
})

it('of log-in, of Meta’s deliveries and of every header: a refusal, and nothing that is ours', async () => {
  const texts = [...always, ...nasty].map((value) => wellFormed(value))
  const inHeader = (text: string) => text.replace(/[^\x20-\x7e]/g, '?')
  const post = (path: string, body: unknown, headers: Record<string, string> = {}): Wish => ({
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  const wishes = texts.flatMap((text, index): Wish[] => {
    // Each from an address of its own, or the limit of tries would answer.
    const from = { 'x-forwarded-for': `10.0.0.${index}` }
    const header = inHeader(text)
    const names = ['authorization', 'x-api-key', 'cookie', 'accept-language', 'idempotency-key', 'x-forwarded-for', 'user-agent', 'origin']
    return [
      post('/api/auth/sign-in/email', { email: text, password: text }, from),
      post('/api/auth/accept-invitation', { token: text, name: text, password: `${text}-long-enough` }, from),
      post('/api/auth/reset-password', { token: text, newPassword: `${text}-long-enough`.slice(0, 100) }, from),
      post('/api/auth/sign-in/email', { email: 'c@example.com', password: text }, { 'x-forwarded-for': inHeader(text) }),
      post('/webhooks/whatsapp/x', { object: text }, { 'x-hub-signature-256': header }),
      post(`/webhooks/whatsapp/${encodeURIComponent(text)}`, {}, { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }),
      {
        method: 'GET',
        path: `/webhooks/whatsapp/${encodeURIComponent(text)}?hub.mode=subscribe&hub.verify_token=${encodeURIComponent(text)}&hub.challenge=1`,
        headers: {},
      },
      ...names.map((name): Wish => ({ method: 'GET', path: '/api/admin/clients', headers: { [name]: header } })),
      ...names.map(
        (name): Wish => ({
          method: 'GET',
          path: '/v1/models',
          headers: { [name]: name === 'cookie' ? `catraca.session_token=${header}` : header },
        }),
      ),
    ]
  })
  const problems: string[] = []
  await inTurns(wishes, ({ path, headers }, { status, text }) => {
    if (![400, 401, 403, 404, 413, 414, 429, 431].includes(status))
      problems.push(`${path} ${JSON.stringify(headers).slice(0, 200)}: ${status} ${text.slice(0, 200)}`)
  })
  expect(problems).toEqual([])
  expect(errors).toEqual([])
  reportFigure('S1', undefined, `${wishes.length} requests without a log-in: 0 let in, 0 internal errors`)
})
