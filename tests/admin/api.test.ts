import { connect } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'

const token = 'test-admin-token-of-32-characters'
const headers = { authorization: `Bearer ${token}` }
let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({ env: { CATRACA_ADMIN_TOKEN: token } })
})
afterAll(() => gateway.close())

it('describes itself: every route with its parameters, its body and its answer', async () => {
  const answer = await fetch(`${gateway.url}/api/openapi.json`)
  const document = (await answer.json()) as {
    openapi: string
    paths: Record<string, Record<string, { parameters: object[]; responses: object }>>
  }
  expect(document.openapi).toBe('3.1.0')
  const put = document.paths['/api/admin/clients/{client}/budgets/{type}/{period}']?.put
  expect(put).toMatchObject({
    parameters: [
      { name: 'type', in: 'path' },
      { name: 'period', in: 'path' },
      { name: 'client', in: 'path', required: true },
    ],
    requestBody: { content: { 'application/json': { schema: { properties: { hard: { type: 'boolean' } } } } } },
    responses: { 200: { content: { 'application/json': { schema: { properties: { resets_at: { format: 'date-time' } } } } } } },
  })
})

it('says what has changed while somebody listens', async () => {
  const stop = new AbortController()
  const answer = await fetch(`${gateway.url}/api/admin/events`, { headers, signal: stop.signal })
  expect(answer.headers.get('content-type')).toBe('text/event-stream')
  const heard = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  const nextEvent = async () => {
    for (;;) {
      const { value = '', done } = (await heard?.read()) ?? {}
      const name = /event: (\w+)/.exec(value)?.[1]
      if (name || done) return name
    }
  }
  await fetch(`${gateway.url}/api/admin/clients/agencia/budgets/brl/daily`, { method: 'PUT', headers, body: '{"limit":"1"}' })
  expect(await nextEvent()).toBe('config')
  await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.client.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'oi' }] }),
  })
  expect(await nextEvent()).toBe('usage')
  stop.abort()
})

/** The tests' server has other databases, where others wait. */
const waitersForAlerts = `select 1 from pg_locks where not granted and relation = 'alerts'::regclass
  and database = (select oid from pg_database where datname = current_database())`

it('forgets whoever leaves before the stream of changes has begun', async () => {
  const { hostname, port } = new URL(gateway.url)
  const leave = () =>
    new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () =>
        socket.write(`GET /api/admin/events HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${token}\r\n\r\n`, () =>
          socket.destroy(),
        ),
      )
      socket.once('close', () => resolve())
    })
  // More in all than may listen at once, and no more in one round than the pool has connections for.
  for (let round = 0; round < 26; round++) {
    await gateway.database.transaction(async (tx) => {
      // What a stream reads first waits for this, so that everybody has left before it has begun.
      await tx.query('lock table alerts in access exclusive mode')
      await Promise.all(Array.from({ length: 4 }, leave))
      await expect.poll(async () => (await tx.query(waitersForAlerts)).length, { interval: 5 }).toBe(4)
    })
  }
  await expect
    .poll(
      async () => {
        const stop = new AbortController()
        const { status } = await fetch(`${gateway.url}/api/admin/events`, { headers, signal: stop.signal })
        stop.abort()
        return status
      },
      { timeout: 15_000 },
    )
    .toBe(200)
})

it('writes who changed what into the audit log', async () => {
  await fetch(`${gateway.url}/api/admin/clients/agencia/budgets/usd/daily`, { method: 'PUT', headers, body: '{"limit":"1"}' })
  const rows = await gateway.database.query(
    "select actor, action from audit_log where table_name = 'budgets' and after ->> 'budget_type' = 'usd' order by id",
  )
  expect(rows).toEqual([{ actor: 'admin token', action: 'insert' }])
})
