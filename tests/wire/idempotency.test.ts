import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { generateClientKey } from '../../src/clients/index.ts'
import { readConfig } from '../../src/config/index.ts'
import { type RunningServer, startServer } from '../../src/server.ts'
import { silentLog } from '../../src/shared/log.ts'
import { startTestGateway, type TestClient, type TestGateway } from '../_support/gateway.ts'
import { startStopwatch } from '../_support/stopwatch.ts'
import { sdk, user } from './_support/caller.ts'
import { type Asking, askOnce, expectReplayOf, openCutter, type Seen } from './_support/keyed.ts'
import { expectBooksClosed, expectExact, setShared, settled, untilRateIsKnown } from './_support/settled.ts'

const model = 'openai/gpt-4o-mini'
const maxBytes = 20_000

let gateway: TestGateway
/** Another replica on the same database. */
let other: RunningServer
let otherDir: string

beforeAll(async () => {
  gateway = await startTestGateway({
    env: { CATRACA_IDEMPOTENCY_MAX_BYTES: String(maxBytes), CATRACA_IDEMPOTENCY_LEASE_MS: '1500', CATRACA_TOTAL_TIMEOUT_MS: '3000' },
  })
  otherDir = await mkdtemp(join(tmpdir(), 'catraca-gateway-'))
  other = await startServer(readConfig({ ...gateway.env, CATRACA_DATA_DIR: otherDir }), { log: silentLog })
  await untilRateIsKnown(gateway)
  await setShared(gateway, { chain: [] })
  await gateway.database.query(
    `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit) values ($1, 'tokens', 50000000, 'monthly', true)`,
    [gateway.client.id],
  )
})
afterAll(async () => {
  await other.close()
  await gateway.close()
  await rm(otherDir, { recursive: true, force: true })
})
afterEach(() => expectBooksClosed(gateway))

/** One POST with the key to a gateway of ours, by our client. */
function ask(key: string, body: unknown, asking: Partial<Asking> = {}): Promise<Seen> {
  return askOnce(key, body, { url: gateway.url, client: gateway.client, ...asking })
}

let labels = 0

/** A request that the emulator can be asked about afterwards. */
function request(directives = '', { stream = false, words = 20 }: { stream?: boolean; words?: number } = {}) {
  labels += 1
  const label = `idem-${labels}`
  const content = `reply with ${words} words [[call ${label}]] ${directives === '' ? '' : `[[emulate ${directives}]]`}`
  const body = { model, stream, messages: user(content), ...(stream && { stream_options: { include_usage: true } }) }
  return {
    body,
    served: () => gateway.emulator.served().filter(({ call }) => call === label),
    isUnderWay: () => expect.poll(() => gateway.emulator.served().filter(({ call }) => call === label).length, { interval: 5 }).toBe(1),
  }
}

async function rowsOf(client: TestClient, callId: string) {
  return await gateway.database.query<{ status: string }>('select status from gateway_usage_logs where client_id = $1 and call_id = $2', [
    client.id,
    callId,
  ])
}

async function totalRows(client = gateway.client): Promise<number> {
  const [row] = await gateway.database.query<{ n: bigint }>('select count(*) as n from gateway_usage_logs where client_id = $1', [
    client.id,
  ])
  return Number(row?.n)
}

describe('a repeat', () => {
  test.each([false, true])(
    'gets the same bytes, status and call id on every replica, and nobody is asked or billed again (stream: %s)',
    async (stream) => {
      const { body, served } = request('', { stream })
      const key = randomUUID()
      const first = await ask(key, body)
      expect(first).toMatchObject({ status: 200, replayed: false, isCut: false })
      expect(first.body).toContain(stream ? 'data: [DONE]' : '"usage"')
      const row = await settled(gateway, first.callId)
      await expectExact(gateway, row)
      for (const url of [gateway.url, other.url]) expectReplayOf(first, await ask(key, body, { url }))
      expect(served()).toHaveLength(1)
      expect(await rowsOf(gateway.client, first.callId)).toHaveLength(1)
    },
  )

  test('reads like any other answer in the official SDK', async () => {
    const { body, served } = request()
    const headers = { 'Idempotency-Key': randomUUID() }
    const client = sdk(gateway)
    const create = () => client.chat.completions.create({ model, messages: body.messages }, { headers })
    expect(await create()).toEqual(await create())
    const stream = async () => {
      const texts: string[] = []
      for await (const chunk of await client.chat.completions.create(
        { model, messages: body.messages, stream: true },
        { headers: { 'Idempotency-Key': `${headers['Idempotency-Key']}-s` } },
      ))
        texts.push(JSON.stringify(chunk))
      return texts
    }
    expect(await stream()).toEqual(await stream())
    expect(served()).toHaveLength(2)
  })

  test.each([false, true])('100 at once over two replicas are one call with 100 answers (stream: %s)', async (stream) => {
    const { body, served } = request('delay=150 gap=5', { stream })
    const key = randomUUID()
    const before = await totalRows()
    const seen = await Promise.all(Array.from({ length: 100 }, (_, index) => ask(key, body, { url: index % 2 ? other.url : gateway.url })))
    expect(new Set(seen.map(({ status, body: bytes, callId }) => `${status} ${callId} ${bytes}`)).size).toBe(1)
    expect(seen[0]?.status).toBe(200)
    expect(seen.filter(({ replayed }) => !replayed)).toHaveLength(1)
    expect(served()).toHaveLength(1)
    await settled(gateway, seen[0]?.callId)
    expect(await totalRows()).toBe(before + 1)
  })

  test('with another body is refused, while the first is under way and after', async () => {
    const { body, isUnderWay } = request('delay=300')
    const key = randomUUID()
    const first = ask(key, body)
    await isUnderWay()
    const another = { ...body, temperature: 0.5 }
    for (const url of [gateway.url, other.url]) {
      const refused = await ask(key, another, { url, headers: { 'accept-language': 'en' } })
      expect(refused).toMatchObject({ status: 409, code: 'idempotency_key_reused' })
      expect(refused.headers['x-should-retry']).toBe('false')
    }
    expect((await first).status).toBe(200)
    expect(await ask(key, another)).toMatchObject({ status: 409, code: 'idempotency_key_reused' })
    expect((await ask(key, body)).replayed).toBe(true)
  })

  test('is by client: another client with the same key is on its own, another key of the same client is not', async () => {
    const { body, served } = request()
    const key = randomUUID()
    const stranger = await gateway.addClient()
    const first = await ask(key, body)
    const foreign = await ask(key, body, { client: stranger })
    expect(foreign).toMatchObject({ status: 200, replayed: false })
    expect(foreign.callId).not.toBe(first.callId)
    expect(served()).toHaveLength(2)
    const rotated = generateClientKey()
    await gateway.database.query(`insert into client_api_keys (client_id, name, prefix, hash) values ($1, 'new', $2, $3)`, [
      gateway.client.id,
      rotated.prefix,
      rotated.hash,
    ])
    expectReplayOf(first, await ask(key, body, { client: { id: gateway.client.id, key: rotated.key } }))
    await settled(gateway, foreign.callId)
    await settled(gateway, first.callId)
  })

  test('after 24 hours is a call of its own, and what is older is deleted', async () => {
    const { body, served } = request()
    const [key, forgotten] = [randomUUID(), randomUUID()]
    const first = await ask(key, body)
    await ask(forgotten, body)
    await gateway.database.query(`update idempotency_keys set created_at = now() - interval '24 hours 1 second' where client_id = $1`, [
      gateway.client.id,
    ])
    const later = await ask(key, body)
    expect(later).toMatchObject({ status: 200, replayed: false })
    expect(later.callId).not.toBe(first.callId)
    expect((await ask(key, body)).callId).toBe(later.callId)
    expect(served()).toHaveLength(3)
    await gateway.server.context.idempotency.deleteOld()
    expect(await gateway.database.query('select call_id from idempotency_keys where client_id = $1', [gateway.client.id])).toEqual([
      { call_id: later.callId },
    ])
  })

  test('of an answer too long to be kept is refused in words, and not billed', async () => {
    const { body, served } = request('', { stream: true, words: 400 })
    const key = randomUUID()
    const first = await ask(key, body)
    expect(first.body.length).toBeGreaterThan(maxBytes)
    for (const url of [gateway.url, other.url]) {
      const repeat = await ask(key, body, { url, headers: { 'accept-language': 'en' } })
      expect(repeat).toMatchObject({ status: 409, code: 'idempotency_answer_not_kept' })
      expect(repeat.body).toContain('too long to be kept')
      expect(repeat.body).toContain(first.callId)
    }
    expect(served()).toHaveLength(1)
  })

  test('finds nothing readable in the table: neither key, prompt nor answer', async () => {
    const { body } = request()
    const key = randomUUID()
    const first = await ask(key, body)
    const content = JSON.parse(first.body).choices[0].message.content as string
    const [row] = await gateway.database.query<{ body: Buffer; line: string }>(
      `select body, row_to_json(k)::text as line from idempotency_keys k where call_id = $1`,
      [first.callId],
    )
    expect(row?.body.length).toBe(Buffer.byteLength(first.body) + 28)
    for (const secret of [key, 'reply with', content]) expect(`${row?.line}${row?.body.toString()}`).not.toContain(secret)
  })
})

test.each(['', 'with space', 'ação', 'x'.repeat(256), 'tab\there'])('the key %j is none', async (key) => {
  const { body, served } = request()
  const refused = await ask(Buffer.from(key).toString('latin1'), body)
  expect(refused).toMatchObject({ status: 400, code: 'invalid_body' })
  expect(JSON.parse(refused.body).error.param).toBe('Idempotency-Key')
  expect(served()).toEqual([])
  const longest = request()
  expect((await ask(`${randomUUID()}${'!~'.repeat(109)}x`, longest.body)).status).toBe(200)
})

test('a call without a key asks and leaves nothing in the table', async () => {
  const before = await gateway.database.query('select count(*) from idempotency_keys')
  const { body } = request()
  const { data } = await sdk(gateway).chat.completions.create({ model, messages: body.messages }).withResponse()
  expect(data.choices).toHaveLength(1)
  expect(await gateway.database.query('select count(*) from idempotency_keys')).toEqual(before)
})

describe('a call that took nothing frees its key', () => {
  test('refused by the budget, then paid for', async () => {
    const client = await gateway.addClient()
    const [budget] = await gateway.database.query<{ id: string }>(
      `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit) values ($1, 'tokens', 10, 'daily', true) returning id`,
      [client.id],
    )
    const { body, served } = request()
    const key = randomUUID()
    await expect.poll(async () => (await ask(key, body, { client })).status).toBe(402)
    const crowd = await Promise.all(Array.from({ length: 10 }, () => ask(key, body, { client })))
    expect(new Set(crowd.map(({ code }) => code))).toEqual(new Set(['budget_exceeded']))
    await gateway.database.query('update client_budgets set budget_limit = 100000 where id = $1', [budget?.id])
    const paid = await ask(key, body, { client })
    expect(paid).toMatchObject({ status: 200, replayed: false })
    expectReplayOf(paid, await ask(key, body, { client }))
    expect(served()).toHaveLength(1)
    await settled(gateway, paid.callId)
    expect(await totalRows(client)).toBe(1)
  })

  test('a provider without capacity, then with', async () => {
    const { body, served } = request()
    const marker = /\[\[call (.+?)\]\]/.exec(body.messages[0].content)?.[1] ?? ''
    gateway.emulator.inject({ status: 503, match: { call: marker, times: 1 } })
    const key = randomUUID()
    expect(await ask(key, body)).toMatchObject({ status: 503, code: 'upstream_overloaded', replayed: false })
    const second = await ask(key, body, { url: other.url })
    expect(second).toMatchObject({ status: 200, replayed: false })
    expectReplayOf(second, await ask(key, body))
    expect(served()).toHaveLength(2)
  })
})

describe('a call that failed for good is repeated in words', () => {
  test('refused by the provider', async () => {
    const { body, served } = request('status=400')
    const key = randomUUID()
    const first = await ask(key, body)
    expect(first).toMatchObject({ status: 400, code: 'upstream_invalid_request' })
    for (const url of [gateway.url, other.url]) expectReplayOf(first, await ask(key, body, { url }))
    expect(served()).toHaveLength(1)
  })

  test.each([
    ['before its first byte', { stream: false }, 'garbage', 502],
    ['without any answer', { stream: false }, 'reset', 502],
    ['behind its first bytes', { stream: true }, 'cut=5', 200],
  ])('broken off %s, and billed as an estimate', async (_when, options, directives, status) => {
    const { body, served } = request(directives, options)
    const key = randomUUID()
    const first = await ask(key, body)
    expect(first.status).toBe(status)
    expect(first.isCut).toBe(options.stream)
    // A repeat gets the same, so no SDK should make one by itself.
    if (!options.stream) expect(first.headers['x-should-retry']).toBe('false')
    expect(await settled(gateway, first.callId)).toMatchObject({ status: 'estimated' })
    for (const url of [gateway.url, other.url]) expectReplayOf(first, await ask(key, body, { url }))
    expect(served()).toHaveLength(1)
    expect(await rowsOf(gateway.client, first.callId)).toHaveLength(1)
  })
})

describe('a caller who goes away', () => {
  test.each([false, true])('finds the whole answer when it comes back, on any replica (stream: %s)', async (stream) => {
    const { body, served, isUnderWay } = request('delay=100 gap=5', { stream })
    const key = randomUUID()
    const gone = new AbortController()
    const first = ask(key, body, { signal: gone.signal })
    await isUnderWay()
    gone.abort()
    await first.catch(() => {})
    const [here, there] = await Promise.all([ask(key, body), ask(key, body, { url: other.url })])
    expect(here).toMatchObject({ status: 200, replayed: true, isCut: false })
    expect(there).toMatchObject({ body: here.body, callId: here.callId })
    expect(here.body).toContain(stream ? 'data: [DONE]' : '"usage"')
    expect(served()).toHaveLength(1)
    await expectExact(gateway, await settled(gateway, here.callId))
  })

  test('before any provider was asked leaves the key free', async () => {
    const client = await gateway.addClient()
    await gateway.database.query(
      `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit) values ($1, 'tokens', 500, 'daily', true)`,
      [client.id],
    )
    const holding = request('delay=1500')
    const holder = ask(randomUUID(), holding.body, { client })
    await holding.isUnderWay()
    const { body, served } = request()
    const key = randomUUID()
    const gone = new AbortController()
    const waiting = ask(key, body, { client, signal: gone.signal })
    await expect.poll(() => gateway.database.query('select 1 from idempotency_keys where client_id = $1', [client.id])).toHaveLength(2)
    gone.abort()
    await expect(waiting).rejects.toThrow('aborted')
    expect((await holder).status).toBe(200)
    expect(served()).toEqual([])
    expect(await ask(key, body, { client })).toMatchObject({ replayed: false })
  })

  test('finds an answer that never ended as the error that it is, once', async () => {
    const { body, served, isUnderWay } = request('hang-after=6', { stream: true })
    const key = randomUUID()
    const gone = new AbortController()
    const first = ask(key, body, { signal: gone.signal })
    await isUnderWay()
    gone.abort()
    await first.catch(() => {})
    // At the end of the call's total timeout; until then a repeat waits, or is told to.
    await expect.poll(async () => (await ask(key, body)).code, { timeout: 10_000 }).toBe('upstream_timeout')
    const repeat = await ask(key, body, { url: other.url })
    expect(repeat).toMatchObject({ status: 200, replayed: true, isCut: true })
    expect(await settled(gateway, repeat.callId)).toMatchObject({ status: 'estimated' })
    expect(served()).toHaveLength(1)
  })
})

test('a repeat does not wait longer than a call may take', async () => {
  const { body } = request()
  const key = randomUUID()
  const first = await ask(key, body)
  // As if another replica had it and went on for ever.
  await gateway.database.query(
    `update idempotency_keys set state = 'running', lease_until = now() + interval '1 hour' where call_id = $1`,
    [first.callId],
  )
  const elapsedMs = startStopwatch()
  const late = await ask(key, body)
  expect(late).toMatchObject({ status: 409, code: 'idempotency_in_progress' })
  expect(late.headers).toMatchObject({ 'retry-after': '1', 'x-should-retry': 'true' })
  expect(elapsedMs()).toBeLessThan(6_000)
})

describe('a key whose process has died', () => {
  async function leave(key: string, callId: string): Promise<void> {
    await gateway.database.query(
      `update idempotency_keys set state = 'running', body = null, call_id = $1, lease_until = now() - interval '1 second' where call_id = $2`,
      [callId, key],
    )
  }

  test('is never run again where the ledger knows of its call', async () => {
    const { body, served } = request()
    const key = randomUUID()
    const first = await ask(key, body)
    await settled(gateway, first.callId)
    await leave(first.callId, first.callId)
    const repeat = await ask(key, body, { headers: { 'accept-language': 'pt-BR' } })
    expect(repeat).toMatchObject({ status: 409, code: 'idempotency_outcome_unknown' })
    expect(repeat.body).toContain('se perdeu com o processo')
    expect(served()).toHaveLength(1)
  })

  test('is taken over, by one of many, where the call was never admitted', async () => {
    const { body, served } = request('delay=50')
    const key = randomUUID()
    const first = await ask(key, body)
    await leave(first.callId, randomUUID())
    const seen = await Promise.all(Array.from({ length: 20 }, (_, index) => ask(key, body, { url: index % 2 ? other.url : gateway.url })))
    expect(new Set(seen.map(({ status, callId }) => `${status} ${callId}`)).size).toBe(1)
    expect(seen[0]?.callId).not.toBe(first.callId)
    expect(served()).toHaveLength(2)
  })

  test('is not taken from a call that only takes its time', async () => {
    const { body, served, isUnderWay } = request('delay=2200')
    const key = randomUUID()
    const first = ask(key, body)
    await isUnderWay()
    const repeat = ask(key, body, { url: other.url })
    expectReplayOf(await first, await repeat)
    expect(served()).toHaveLength(1)
  })
})

describe('the official SDK, whose connection is cut when the answer comes', () => {
  test.each([false, true])(
    'tries again by itself with the same key, and has the whole answer for one bill (stream: %s)',
    async (stream) => {
      const cutter = await openCutter(gateway.url, 2)
      const { body, served } = request('', { stream })
      const client = new OpenAI({ apiKey: gateway.client.key, baseURL: `${cutter.url}/v1`, maxRetries: 2 })
      const before = await totalRows()
      const headers = { 'Idempotency-Key': randomUUID() }
      const { data, response } = await client.chat.completions.create(body as OpenAI.ChatCompletionCreateParams, { headers }).withResponse()
      let text = ''
      if (Symbol.asyncIterator in data) for await (const chunk of data) text += chunk.choices[0]?.delta.content ?? ''
      else text = data.choices[0]?.message.content ?? ''
      expect(text.split(' ')).toHaveLength(20)
      expect(response.headers.get('idempotent-replayed')).toBe('true')
      expect(served()).toHaveLength(1)
      await expectExact(gateway, await settled(gateway, response.headers.get('x-catraca-call-id')))
      expect(await totalRows()).toBe(before + 1)
      await cutter.close()
    },
  )
})
