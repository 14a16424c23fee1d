import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { clearCache } from '../../src/cache/index.ts'
import { deleteExpiredAnswers } from '../../src/cache/sql/delete-expired-answers.ts'
import { generateClientKey } from '../../src/clients/index.ts'
import { createCallAI } from '../../src/library/index.ts'
import type { TestClient, TestGateway } from '../_support/gateway.ts'
import { startTestGateway } from '../_support/gateway.ts'
import { addBudget } from '../_support/ledger.ts'
import { reportFigure } from '../_support/report-figure.ts'
import { startStopwatch } from '../_support/stopwatch.ts'
import { runCommand } from '../_support/terminal.ts'
import type { VectorDatabase } from '../_support/vector-database.ts'
import { user } from './_support/caller.ts'
import { databaseWithSemanticCache, type Embedding, embedded, optIn } from './_support/semantic.ts'
import { expectBooksClosed, setShared, settled, untilRateIsKnown } from './_support/settled.ts'

const model = 'openai/gpt-4o-mini'
/** Of the emulator's vectors, which know letters and no meaning. */
const similarity = 0.75
const question = 'Qual é o horário de atendimento da loja no sábado?'
const nearly = 'qual o horário de atendimento da loja no sábado'
const another = 'Reply with 20 words about the weather in Lisbon'

let db: VectorDatabase
let gateway: TestGateway
let client: TestClient

beforeAll(async () => {
  db = await databaseWithSemanticCache()
  gateway = await startTestGateway({ database: db, env: { CATRACA_SEMANTIC_CACHE_WAIT_MS: '15000' } })
  await untilRateIsKnown(gateway)
  await gateway.database.query('update shared_gateway_config set cache_enabled = true')
  await setShared(gateway, { chain: [] })
})
afterAll(() => gateway?.close())
beforeEach(async () => {
  client = await newClient()
})
afterEach(() => expectBooksClosed(gateway))

/** One that opted in, with a hard budget. */
async function newClient(): Promise<TestClient> {
  const made = await gateway.addClient()
  await addBudget(gateway.database, made.id, { type: 'tokens', period: 'monthly', limit: 1_000_000, hard: true })
  await optIn(gateway, made, similarity)
  return made
}

interface Asking {
  client?: TestClient
  headers?: Record<string, string>
  path?: string
}

async function ask(body: Record<string, unknown>, asking: Asking = {}) {
  const response = await fetch(`${gateway.url}${asking.path ?? '/v1/chat/completions'}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${(asking.client ?? client).key}`, 'content-type': 'application/json', ...asking.headers },
    body: JSON.stringify(body),
  })
  return {
    status: response.status,
    cache: response.headers.get('x-catraca-cache'),
    near: response.headers.get('x-catraca-cache-similarity'),
    callId: response.headers.get('x-catraca-call-id') ?? '',
    headers: response.headers,
    body: await response.text(),
  }
}

const chat = (content: string, more: Record<string, unknown> = {}) => ({ model, messages: user(content), ...more })
const embeddings = (of: TestClient = client): Promise<Embedding[]> => embedded(gateway, of)

/** Until so many answers can be found by meaning. */
async function untilKept(answers: number, of: TestClient = client): Promise<void> {
  const count = () =>
    gateway.database
      .query('select 1 from response_cache where client_id = $1 and room_hash is not null', [of.id])
      .then((rows) => rows.length)
  await expect.poll(count, { timeout: 10_000, interval: 5 }).toBe(answers)
}

describe('a request that means nearly the same', () => {
  test.each([false, true])('gets the answer of the first, and its row says what that saved (stream: %s)', async (stream) => {
    const first = await ask(chat(question, { stream }))
    expect([first.status, first.cache, first.near]).toEqual([200, 'miss', null])
    await untilKept(1)
    const served = gateway.emulator.served().length
    const again = await ask(chat(nearly, { stream }))
    expect([again.status, again.cache, again.body]).toEqual([200, 'semantic', first.body])
    expect(Number(again.near)).toBeGreaterThanOrEqual(similarity)
    expect(Number(again.near)).toBeLessThan(1)
    expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'))
    expect(again.headers.get('x-catraca-cost-usd')).toBe('0')
    // The embedding alone.
    expect(gateway.emulator.served().length).toBe(served + 1)
    const [paid, row] = [await settled(gateway, first.callId), await settled(gateway, again.callId)]
    expect(row).toMatchObject({ was_cached: true, total_tokens: 0n, cost_usd: '0.000000000000', charges: [], attempts: [], status: 'ok' })
    expect(row).toMatchObject({
      saved_usd: paid.cost_usd,
      saved_brl: paid.cost_brl,
      model_name: paid.model_name,
      api_type: 'chat',
      source: 'api',
    })
    expect((await ask(chat(another, { stream }))).cache).toBe('miss')
  })

  test('is compared by embeddings that are calls of their own, on the client’s budget', async () => {
    const first = await ask(chat(question))
    await untilKept(1)
    await ask(chat(nearly))
    const made = await embeddings()
    expect(made).toHaveLength(2)
    for (const row of made) {
      expect(row).toMatchObject({ source: 'cache', api_type: 'embeddings', provider: 'openai', model_name: 'text-embedding-3-small' })
      expect(row).toMatchObject({ status: 'ok', was_cached: false, output_tokens: 0n })
      expect(row.total_tokens).toBeGreaterThan(0n)
      expect(Number(row.cost_usd)).toBeGreaterThan(0)
      expect(row.charges).toHaveLength(1)
    }
    const paid = await settled(gateway, first.callId)
    const [budget] = await gateway.database.query<{ used: string }>(
      'select p.used from budget_periods p join budgets b on b.id = p.budget_id where b.client_id = $1',
      [client.id],
    )
    expect(String(budget?.used)).toBe(String(made.reduce((sum, row) => sum + row.total_tokens, paid.total_tokens)))
  })

  test('in every dialect and translated, each from its own answers', async () => {
    const requests = [model, 'anthropic/claude-sonnet-4-5'].flatMap((named): [string, (text: string) => Record<string, unknown>][] => [
      ['/v1/responses', (input) => ({ model: named, input })],
      ['/v1/responses', (text) => ({ model: named, stream: true, input: [{ role: 'user', content: [{ type: 'input_text', text }] }] })],
      ['/v1/messages', (content) => ({ model: named, max_tokens: 200, system: 'Oi', messages: user(content) })],
    ])
    for (const [at, [path, body]] of requests.entries()) {
      const first = await ask(body(question), { path })
      expect([path, first.status, first.cache]).toEqual([path, 200, 'miss'])
      await untilKept(at + 1)
      const again = await ask(body(nearly), { path })
      expect([path, again.cache, again.body === first.body]).toEqual([path, 'semantic', true])
    }
  })

  test('word for word is an exact hit, and needs no embedding', async () => {
    await ask(chat(question))
    await untilKept(1)
    expect((await ask(chat(question))).cache).toBe('hit')
    expect(await embeddings()).toHaveLength(1)
    // What was taken by meaning is not kept for its own words: an answer must not wander from one meaning to the next.
    expect((await ask(chat(nearly))).cache).toBe('semantic')
    expect((await ask(chat(nearly))).cache).toBe('semantic')
    expect(await embeddings()).toHaveLength(3)
  })
})

test('the operator switches it on and off, and the library has it too', async () => {
  const run = (...argv: string[]) => runCommand(gateway.env, 'cache', ...argv)
  const slug = `by-command-${Date.now()}`
  const made = await gateway.addClient({ slug })
  const model = 'openai/text-embedding-3-large'
  const on = await run('semantic', 'on', slug, '--similarity', String(similarity), '--model', 'text-embedding-3-large')
  expect(on.stdout).toBe(`${slug} is also answered by what its last message means, from a similarity of ${similarity} by ${model} on.\n`)
  expect((await run('stats', '--json')).json()).toContainEqual(expect.objectContaining({ client: slug, semantic: { model, similarity } }))
  const find = () => gateway.server.context.clients.find(made.id).then((found) => found?.semanticCache)
  await expect.poll(find, { timeout: 10_000 }).toEqual({ model, similarity })
  const callAI = createCallAI(gateway.server.context)
  const say = (content: string) => callAI({ clientId: made.id, model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content }] })
  const first = await say(question)
  await untilKept(1, made)
  expect(await say(nearly)).toMatchObject({ wasCached: true, text: first.text, cost: { usd: '0' } })
  const off = await run('semantic', 'off', slug, '--json')
  expect(off.json()).toEqual({ client: slug, semantic: false })
  await expect.poll(find, { timeout: 10_000 }).toBeUndefined()
  expect((await say(nearly)).wasCached).toBe(false)
})

test('S8: no answer crosses between clients, keys, models, system prompts, earlier messages, settings or kinds of answer', async () => {
  const second = await newClient()
  const { key, hash, prefix } = generateClientKey()
  await gateway.database.query('insert into client_api_keys (client_id, name, prefix, hash) values ($1, $2, $3, $4)', [
    client.id,
    'b',
    prefix,
    hash,
  ])
  const earlier = [...user('Oi'), { role: 'assistant', content: 'Olá' }]
  const variants: { before?: object[]; settings?: object }[] = [
    {},
    { before: [{ role: 'system', content: 'Be brief.' }] },
    { before: earlier },
    { settings: { stream: true } },
    { settings: { temperature: 0.1 } },
  ]
  const rooms: { key: TestClient; body: (content: string) => Record<string, unknown> }[] = []
  for (const whose of [client, { id: client.id, key }, second])
    for (const named of [model, 'groq/llama-3.3-70b-versatile'])
      for (const { before = [], settings = {} } of variants)
        rooms.push({ key: whose, body: (content) => ({ model: named, messages: [...before, ...user(content)], ...settings }) })
  const seen: string[] = []
  for (const room of rooms) {
    const answer = await ask(room.body(question), { client: room.key })
    expect(answer.cache).toBe('miss')
    seen.push(answer.body)
  }
  await untilKept((rooms.length * 2) / 3)
  await untilKept(rooms.length / 3, second)
  for (const [at, room] of rooms.entries()) {
    const again = await ask(room.body(nearly), { client: room.key })
    expect([at, again.cache, again.body === seen[at]]).toEqual([at, 'semantic', true])
  }
  // Each answer has an id of its own, so a foreign one would show.
  expect(new Set(seen.map((body) => /"id":"([^"]+)"/.exec(body)?.[1])).size).toBe(rooms.length)
  reportFigure('S8', undefined, `${rooms.length} rooms, each asked by meaning: 0 cross hits`)
})

describe('is not looked for', () => {
  test('by a client that did not opt in, nor with tools, pictures or cache-control: no-store', async () => {
    const stranger = await gateway.addClient()
    expect((await ask(chat(question), { client: stranger })).cache).toBe('miss')
    expect((await ask(chat(nearly), { client: stranger })).cache).toBe('miss')
    expect(await embeddings(stranger)).toEqual([])
    const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }]
    const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }
    expect((await ask(chat(question, { tools }))).cache).toBe('miss')
    await ask({ model, messages: [{ role: 'user', content: [{ type: 'text', text: question }, picture] }] })
    expect((await ask(chat(question), { headers: { 'cache-control': 'no-store' } })).cache).toBe('off')
    expect((await ask(chat(question), { headers: { 'cache-control': 'no-cache' } })).cache).toBe('miss')
    expect(await embeddings()).toEqual([])
  })

  test('once the budget is spent: what is exactly the same still costs nothing', async () => {
    await ask(chat(question))
    await untilKept(1)
    await gateway.database.query('update budgets set budget_limit = 1 where client_id = $1', [client.id])
    expect((await ask(chat(nearly))).status).toBe(402)
    expect((await ask(chat(question))).cache).toBe('hit')
    expect(await embeddings()).toHaveLength(1)
  })
})

describe('until', () => {
  test('it is cleared for the client', async () => {
    await ask(chat(question))
    await untilKept(1)
    expect(await clearCache(gateway.database, client.id)).toMatchObject({ answers: 1 })
    await expect
      .poll(() => gateway.server.context.clients.find(client.id), { timeout: 10_000, interval: 5 })
      .toMatchObject({ cacheEpoch: 1 })
    expect((await ask(chat(nearly))).cache).toBe('miss')
  })

  test('it is as old as max-age or cache_ttl_seconds allow, and then it is deleted, vector and all', async () => {
    await ask(chat(question))
    await untilKept(1)
    const age = (seconds: number) =>
      gateway.database.query("update response_cache set created_at = now() - $2 * interval '1 s' where client_id = $1", [
        client.id,
        seconds,
      ])
    await age(60)
    const asking = (control: string) => ask(chat(nearly, { seed: undefined }), { headers: { 'cache-control': control } })
    expect((await asking('max-age=90')).cache).toBe('semantic')
    await age(3_601)
    expect((await asking('')).cache).toBe('miss')
    await untilKept(2)
    await deleteExpiredAnswers(gateway.database)
    await untilKept(1)
  })
})

test('neither the words nor their vector can be read off the database', async () => {
  await ask(chat(question))
  await untilKept(1)
  const [row] = await gateway.database.query<{ embedding: number[]; bytes: number; sealed: Buffer }>(
    'select embedding, bytes, sealed from response_cache where client_id = $1',
    [client.id],
  )
  const answer = await fetch(`${gateway.url}/v1/embeddings`, {
    method: 'POST',
    headers: { authorization: `Bearer ${client.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'openai/text-embedding-3-small', input: question, encoding_format: 'float' }),
  })
  const { data } = (await answer.json()) as { data: [{ embedding: number[] }] }
  const plain = data[0].embedding
  const stored = row?.embedding ?? []
  expect(stored).toHaveLength(plain.length)
  expect(Math.abs(stored.reduce((sum, value, at) => sum + value * (plain[at] ?? 0), 0))).toBeLessThan(0.2)
  expect(row?.bytes).toBe((row?.sealed.length ?? 0) + 4 * plain.length)
})

test('the gateway’s own role may look, and the nearest of 1,000 answers is found fast', async () => {
  await gateway.database.query(
    `insert into response_cache (client_id, key_hash, sealed, room_hash, sealed_hash, embedding)
     select $1, sha256(n::text::bytea), 'sealed', sha256('room'), n::text::bytea, array(select random() - 0.5 + 0 * n from generate_series(1, 1536))
     from generate_series(1, 1100) n`,
    [client.id],
  )
  const look = () =>
    gateway.database.transaction(async (tx) => {
      await tx.query('set local role catraca_gateway')
      const [backend] = await tx.query<{ pid: number }>('select pg_backend_pid() as pid')
      const elapsedMs = startStopwatch(backend?.pid ?? 0)
      const [row] = await tx.query<{ sealed_hash: Buffer; similarity: number }>(
        `select n.* from semantic_cache_nearest($1, sha256('room'),
           (select embedding from response_cache where client_id = $1 and sealed_hash = '1000'), 0.9, 3600000) n`,
        [client.id],
      )
      return { row, ms: elapsedMs() }
    })
  const looks = [await look(), await look(), await look(), await look(), await look()]
  for (const { row } of looks) {
    expect(row?.sealed_hash.toString()).toBe('1000')
    expect(row?.similarity).toBeCloseTo(1, 5)
  }
  const ms = looks.map((one) => one.ms).sort((a, b) => a - b)
  if (db.hasPgvector) expect(ms[2]).toBeLessThan(250)
  const which = db.hasPgvector ? 'pgvector' : 'the stand-in for pgvector'
  reportFigure('semantic', undefined, `the nearest of 1,000 vectors of 1,536 numbers by ${which}: ${ms[2]?.toFixed(1)} ms (median of 5)`)
})
