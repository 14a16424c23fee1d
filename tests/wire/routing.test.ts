import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type RouteWish, setRoute } from '../../src/routing/index.ts'
import { callGateway, newAgent } from '../_support/call-gateway.ts'
import { startTestGateway, type TestClient, type TestGateway } from '../_support/gateway.ts'
import { startStopwatch } from '../_support/stopwatch.ts'
import { failureOf, readStream, sdk, user } from './_support/caller.ts'
import {
  costNanoUsd,
  expectBooksClosed,
  expectExact,
  nano,
  setShared,
  settled,
  type UsageRow,
  untilRateIsKnown,
} from './_support/settled.ts'

const mini = 'openai/gpt-4o-mini'
const large = 'openai/gpt-4o'
const groq = 'groq/llama-3.3-70b-versatile'
const claude = 'anthropic/claude-sonnet-4-5'

let gateway: TestGateway
let firstCall = 0

beforeAll(async () => {
  gateway = await startTestGateway({ env: { CATRACA_DRAIN_TIMEOUT_MS: '500' } })
  await setShared(gateway, { route: 'direct', chain: [] })
  await untilRateIsKnown(gateway)
})
afterAll(() => gateway.close())
beforeEach(() => {
  firstCall = gateway.emulator.served().at(-1)?.sequence ?? 0
})
afterEach(() => expectBooksClosed(gateway))

/** As `catraca route set` does it on a running gateway. */
async function alias(name: string, wish: RouteWish, client?: TestClient): Promise<void> {
  await setRoute(gateway.database, client?.id, name, wish)
  await vi.waitFor(async () => {
    const route = (await gateway.server.context.routes()).find(client?.id ?? 'anybody', name)
    expect(route).toMatchObject({ clientId: client?.id, ...wish })
  }, 2_000)
}

/** Where the emulator saw this test's calls go. */
function served() {
  return gateway.emulator.served().filter((call) => call.sequence > firstCall)
}

async function ask(
  model: string,
  client: TestClient = gateway.client,
  content = 'reply with 4 words',
): Promise<UsageRow & { requested_model: string | null }> {
  const { response } = await sdk(gateway, client)
    .chat.completions.create({ model, messages: user(content) })
    .withResponse()
  return (await settled(gateway, response.headers.get('x-request-id'))) as UsageRow & { requested_model: string | null }
}

async function stream(
  model: string,
  content: string,
  { client = gateway.client, maxTokens }: { client?: TestClient; maxTokens?: number } = {},
) {
  const elapsedMs = startStopwatch()
  const params = { model, messages: user(content), ...(maxTokens !== undefined && { max_tokens: maxTokens }) }
  const streamed = await readStream(sdk(gateway, client), params)
  return { ...streamed, ms: elapsedMs(), row: await settled(gateway, streamed.callId) }
}

async function addBudget(client: TestClient, limit: number, hard: boolean): Promise<void> {
  await gateway.database.query(
    `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit) values ($1, 'tokens', $2, 'monthly', $3)`,
    [client.id, limit, hard],
  )
}

describe('an alias', () => {
  test('is the client’s own before the shared one, before the registry’s name; the row has both names', async () => {
    const client = await gateway.addClient()
    await alias('chat', { targets: [{ model: mini }] })
    await alias('chat', { targets: [{ model: groq }] }, client)
    await alias(large, { targets: [{ model: mini }] }, client)
    expect(await ask('chat')).toMatchObject({ provider: 'openai', model_name: 'gpt-4o-mini', requested_model: 'chat', was_fallback: false })
    expect(await ask('chat', client)).toMatchObject({ provider: 'groq', model_name: 'llama-3.3-70b-versatile', requested_model: 'chat' })
    const renamed = await ask(large, client)
    expect(renamed).toMatchObject({ model_name: 'gpt-4o-mini', requested_model: large, fallback_reason: null })
    await expectExact(gateway, renamed)
    expect(await ask(large)).toMatchObject({ model_name: 'gpt-4o', requested_model: null })
    expect(served().map(({ model }) => model)).toEqual(['gpt-4o-mini', 'llama-3.3-70b-versatile', 'gpt-4o-mini', 'gpt-4o'])
  })

  test('is listed for who may use it, and means nothing to others', async () => {
    const owner = await gateway.addClient()
    await alias('only-mine', { targets: [{ model: mini }, { model: claude }] }, owner)
    const listed = async (client: TestClient) => (await sdk(gateway, client).models.list()).data.map(({ id }) => id)
    expect(await listed(owner)).toContain('only-mine')
    expect(await sdk(gateway, owner).models.retrieve('only-mine')).toMatchObject({ id: 'only-mine', object: 'model' })
    expect(await listed(gateway.client)).not.toContain('only-mine')
    expect(await failureOf(sdk(gateway).chat.completions.create({ model: 'only-mine', messages: user('Oi') }))).toMatchObject({
      status: 404,
      code: 'unknown_model',
    })
  })

  test('leaves out what the key may not use, and is refused where nothing is left', async () => {
    const client = await gateway.addClient({ allowedModels: [groq] })
    await alias('mixed', { targets: [{ model: mini }, { model: groq }] })
    await alias('closed', { targets: [{ model: mini }], fallbacks: [groq] })
    expect(await ask('mixed', client)).toMatchObject({ provider: 'groq', was_fallback: false })
    const failure = await failureOf(sdk(gateway, client).chat.completions.create({ model: 'closed', messages: user('Oi') }))
    expect(failure).toMatchObject({ status: 403, code: 'model_not_allowed' })
    const ids = (await sdk(gateway, client).models.list()).data.map(({ id }) => id)
    expect(ids).toContain('mixed')
    expect(ids).not.toContain('closed')
  })

  test('falls back through its targets, then its own fallbacks', async () => {
    await alias('careful', { targets: [{ model: mini }, { model: groq }], fallbacks: [claude] })
    const row = await ask(
      'careful',
      gateway.client,
      'reply with 4 words [[emulate provider=openai status=503]] [[emulate provider=groq status=500]]',
    )
    expect(row).toMatchObject({ provider: 'anthropic', requested_model: 'careful', was_fallback: true })
    expect(row.fallback_reason).toBe(`upstream_overloaded: ${groq} via direct answered 500`)
    expect(row.attempts.map(({ provider }) => provider)).toEqual(['openai', 'groq', 'anthropic'])
  })

  test('can be a client’s primary model', async () => {
    const client = await gateway.addClient()
    await alias('main', { targets: [{ model: groq }] }, client)
    await gateway.database.query(`update clients set primary_model = 'main' where id = $1`, [client.id])
    await expect.poll(async () => (await gateway.server.context.clients.find(client.id))?.primaryModel).toBe('main')
    const view = await callGateway({ url: gateway.url, key: client.key, body: { messages: user('Oi') } })
    expect(view.status).toBe(200)
    expect(await settled(gateway, view.callId)).toMatchObject({ provider: 'groq', requested_model: 'main' })
  })

  test('has timeouts of its own', async () => {
    await alias('hasty', { targets: [{ model: mini }, { model: groq }], timeouts: { firstByteMs: 150 } })
    const { row, ms } = await stream('hasty', 'reply with 4 words [[emulate provider=openai hang]]', { maxTokens: 20 })
    expect(row).toMatchObject({ provider: 'groq', fallback_reason: `upstream_timeout: ${mini} via direct did not answer in time` })
    expect(ms).toBeLessThan(5_000)
  })
})

describe('what decides between targets', () => {
  test('weights', async () => {
    const calls = 200
    await alias('weighted', {
      strategy: 'weighted',
      targets: [
        { model: mini, weight: 80 },
        { model: groq, weight: 20 },
      ],
    })
    const agent = newAgent()
    let left = calls
    const caller = async () => {
      while (left-- > 0) {
        const view = await callGateway({
          url: gateway.url,
          key: gateway.client.key,
          body: { model: 'weighted', messages: user('Oi') },
          agent,
        })
        expect(view.status).toBe(200)
      }
    }
    await Promise.all(Array.from({ length: 10 }, caller))
    agent.destroy()
    const share = served().filter(({ provider }) => provider === 'groq').length / calls
    console.log(`weights: ${calls} calls by HTTP, ${(share * 100).toFixed(1)} % of them to the target of weight 20 in 100`)
    expect(served()).toHaveLength(calls)
    // Four standard deviations and more.
    expect(Math.abs(share - 0.2)).toBeLessThan(0.12)
  })

  test('the cheapest by this call’s own bound, and the next one when it fails', async () => {
    await alias('cheap', { strategy: 'cheapest', targets: [{ model: claude }, { model: large }, { model: mini }] })
    expect(await ask('cheap')).toMatchObject({ model_name: 'gpt-4o-mini', was_fallback: false })
    const row = await ask('cheap', gateway.client, 'reply with 4 words [[emulate model=gpt-4o-mini status=503]]')
    expect(row).toMatchObject({ model_name: 'gpt-4o', was_fallback: true })
    await expectExact(gateway, row)
  })

  test('the fastest, as far as this process has measured them', async () => {
    await alias('fast', { strategy: 'fastest', targets: [{ model: 'openai/gpt-4.1-mini' }, { model: claude }] })
    const slow = gateway.emulator.inject({ match: { model: 'gpt-4.1-mini' }, firstTokenDelayMs: 300 })
    await stream('openai/gpt-4.1-mini', 'reply with 2 words')
    await stream(claude, 'reply with 2 words')
    const calls = 20
    for (let i = 0; i < calls; i += 1) await stream('fast', 'reply with 2 words')
    slow()
    const fast = served().filter(({ provider }) => provider === 'anthropic').length - 1
    console.log(`fastest: ${fast} of ${calls} calls went to the faster target, the others measured the slower one`)
    // One in twenty measures the other one: more than six of twenty do so once in a hundred thousand runs.
    expect(fast).toBeGreaterThanOrEqual(calls - 6)
  })
})

test('a cheaper model from a share of any budget on, with the reason on the row and in the header', async () => {
  const client = await gateway.addClient()
  await addBudget(client, 200, false)
  await alias('saving', { targets: [{ model: large }], downgrade: { threshold: 80, model: mini } }, client)
  const before = await ask('saving', client, 'reply with 30 words')
  expect(before).toMatchObject({ model_name: 'gpt-4o', was_fallback: false })
  // Never older than a second.
  await expect.poll(() => usedPercent(client), { timeout: 15_000 }).toBeLessThan(80)
  await ask(mini, client, 'reply with 140 words')
  await expect.poll(() => usedPercent(client), { timeout: 15_000 }).toBeGreaterThanOrEqual(80)
  await expect
    .poll(async () => (await gateway.server.context.budgetShares.find(client.id))?.percent, { timeout: 15_000 })
    .toBeGreaterThanOrEqual(80)
  const { response } = await sdk(gateway, client)
    .chat.completions.create({ model: 'saving', messages: user('reply with 4 words') })
    .withResponse()
  const row = await settled(gateway, response.headers.get('x-request-id'))
  expect(row).toMatchObject({ model_name: 'gpt-4o-mini', requested_model: 'saving', was_fallback: true })
  expect(row.fallback_reason).toMatch(/^budget_threshold: \d+ % of the monthly tokens budget is used, so openai\/gpt-4o-mini is asked$/)
  expect(response.headers.get('x-catraca-fallback')).toBe(row.fallback_reason)
  await expectExact(gateway, row)
})

test('a cheaper model that cannot be called is none', async () => {
  const client = await gateway.addClient({ allowedModels: [large] })
  await addBudget(client, 10, false)
  await alias('saved', { targets: [{ model: large }], downgrade: { threshold: 1, model: mini } }, client)
  await ask('saved', client)
  await vi.waitFor(async () => expect((await gateway.server.context.budgetShares.find(client.id))?.percent).toBeGreaterThan(1))
  expect(await ask('saved', client)).toMatchObject({ model_name: 'gpt-4o', was_fallback: false })
})

/** Every amount that a hold has ever had is in `seen_holds`. */
async function noteHolds(): Promise<void> {
  await gateway.database.query('create table seen_holds (n bigint generated always as identity, call_id uuid, amount bigint)')
  await gateway.database.query(`create function note_hold() returns trigger language plpgsql security definer as $$
    begin
      insert into seen_holds (call_id, amount) values (new.call_id, new.amount);
      return null;
    end $$`)
  await gateway.database.query('create trigger note_hold after insert or update on budget_holds for each row execute function note_hold()')
}

async function usedPercent(client: TestClient): Promise<number> {
  const [row] = await gateway.database.query<{ percent: string }>(
    'select usage_percentage::text as percent from client_budgets where client_id = $1',
    [client.id],
  )
  return Number(row?.percent)
}

describe('a second attempt for a slow first word', () => {
  const slow = (ms: number, provider = 'openai') => `reply with 6 words [[emulate provider=${provider} first-token=${ms}]]`

  beforeAll(() => alias('hedged', { targets: [{ model: mini }, { model: groq }], fallbacks: [claude], hedgeAfterMs: 150 }))

  test('answers where the first is silent; the first is let go, and both stand on the row', async () => {
    const { row, ms, text, headers, error } = await stream('hedged', slow(5_000))
    expect({ text, error }).toEqual({ text: 'uma ação não é só coração', error: undefined })
    expect(ms).toBeLessThan(3_000)
    const reason = `hedge_lost: ${mini} via direct had said nothing after 150 ms`
    expect(row).toMatchObject({
      provider: 'groq',
      requested_model: 'hedged',
      was_fallback: true,
      fallback_reason: reason,
      status: 'estimated',
    })
    expect(headers.get('x-catraca-fallback')).toBe(reason)
    expect(row.flags.sort()).toEqual(['hedge_lost', 'usage_missing'])
    expect(row.attempts).toMatchObject([
      { provider: 'openai', error: 'hedge_lost' },
      { provider: 'groq', status: 200 },
    ])
    await expectSummed(row)
    await expect
      .poll(() => served().map(({ provider, outcome }) => `${provider} ${outcome}`))
      .toEqual(['openai caller-gone', 'groq finished'])
  })

  test('by translation as well', async () => {
    await alias('hedged-claude', { targets: [{ model: claude }, { model: 'google/gemini-2.5-flash' }, { model: mini }], hedgeAfterMs: 150 })
    const { row, text, error } = await stream('hedged-claude', slow(5_000, 'anthropic'))
    expect({ text, error }).toEqual({ text: 'uma ação não é só coração', error: undefined })
    expect(row.attempts).toMatchObject([
      { provider: 'anthropic', error: 'hedge_lost' },
      { provider: 'google', status: 200 },
    ])
    await expectSummed(row)
  })

  test('is let go where the first begins after all', async () => {
    const { row, text } = await stream('hedged', `${slow(2_000)} [[emulate provider=groq first-token=10000]]`)
    expect(text).toBe('uma ação não é só coração')
    expect(row).toMatchObject({ provider: 'openai', was_fallback: false, fallback_reason: null })
    expect(row.attempts).toMatchObject([
      { provider: 'groq', error: 'hedge_lost' },
      { provider: 'openai', status: 200 },
    ])
    await expectSummed(row)
  })

  test('is not made where the first speaks in time, nor for an answer that is not streamed', async () => {
    await alias('hedged-late', { targets: [{ model: mini }, { model: groq }], hedgeAfterMs: 5_000 })
    const { row } = await stream('hedged-late', 'reply with 6 words')
    expect(row).toMatchObject({ status: 'ok', was_fallback: false, flags: [] })
    expect(row.attempts).toHaveLength(1)
    expect(await ask('hedged', gateway.client, 'reply with 6 words [[emulate provider=openai delay=400]]')).toMatchObject({
      provider: 'openai',
      status: 'ok',
    })
    expect(served()).toHaveLength(2)
  })

  test('fails too: the next target answers', async () => {
    const content = 'reply with 6 words [[emulate provider=openai status=503 delay=300]] [[emulate provider=groq status=500 delay=100]]'
    const { row, text } = await stream('hedged', content)
    expect(text).toBe('uma ação não é só coração')
    expect(row).toMatchObject({ provider: 'anthropic', status: 'ok', was_fallback: true })
    expect(row.attempts.map(({ provider, error }) => `${provider} ${error ?? ''}`.trim()).sort()).toEqual([
      'anthropic',
      'groq upstream_overloaded',
      'openai upstream_overloaded',
    ])
    await expectExact(gateway, row)
  })

  test('answers where the first fails meanwhile, and the reason is that failure', async () => {
    const { row } = await stream(
      'hedged',
      `reply with 6 words [[emulate provider=openai status=503 delay=300]] [[emulate provider=groq first-token=400]]`,
    )
    expect(row).toMatchObject({ provider: 'groq', status: 'ok', fallback_reason: `upstream_overloaded: ${mini} via direct answered 503` })
    expect(row.attempts).toHaveLength(2)
    await expectExact(gateway, row)
  })

  test('is not made where a hard budget cannot cover both, and is covered by it where it can', async () => {
    const [poor, rich] = [await gateway.addClient(), await gateway.addClient()]
    await noteHolds()
    const heldFor = async (client: TestClient, firstWordMs: number) => {
      const content = slow(firstWordMs).replace(/\d+(?=\]\])/, (ms) => ms.padStart(5, '0'))
      const made = await stream('hedged', content, { client, maxTokens: 400 })
      const held = await gateway.database.query<{ amount: bigint }>(
        'select s.amount from seen_holds s join gateway_usage_logs u using (call_id) where u.client_id = $1 order by s.n',
        [client.id],
      )
      return { ...made, held: held.map(({ amount }) => Number(amount)) }
    }
    await addBudget(poor, 900, true)
    const one = await heldFor(poor, 900)
    expect(one.row).toMatchObject({ provider: 'openai', status: 'ok', was_fallback: false })
    expect(one.row.attempts).toHaveLength(1)
    expect(one.held).toHaveLength(1)

    await addBudget(rich, 2_000, true)
    const two = await heldFor(rich, 10_000)
    expect(two.row).toMatchObject({ provider: 'groq', status: 'estimated' })
    expect(two.held).toEqual([one.held[0], 2 * (one.held[0] ?? 0)])
    const [budget] = await gateway.database.query<{ used: bigint }>(
      'select p.used from budget_periods p join budgets b on b.id = p.budget_id where b.client_id = $1',
      [rich.id],
    )
    expect(budget?.used).toBe(two.row.total_tokens)
    expect(Number(budget?.used)).toBeLessThanOrEqual(2_000)
  })

  test('a caller who leaves while both are silent leaves one row', async () => {
    const body = { model: 'hedged', stream: true, messages: user(`${slow(10_000)} [[emulate provider=groq first-token=10000]]`) }
    const before = await countRows()
    const { accepted } = gateway.emulator.counts()
    const leaving = new AbortController()
    const left = callGateway({ url: gateway.url, key: gateway.client.key, body, leave: leaving.signal })
    await expect.poll(() => gateway.emulator.counts().accepted).toBe(accepted + 2)
    leaving.abort()
    await left
    await expect.poll(countRows, { timeout: 10_000 }).toBe(before + 1)
    const [row] = await gateway.database.query<UsageRow>('select * from gateway_usage_logs order by created_at desc, id desc limit 1')
    expect(row).toMatchObject({ status: 'estimated', requested_model: 'hedged' })
    expect(row?.attempts).toHaveLength(2)
  })

  /** The row's tokens and cost are those of its two attempts together, and that of the answer is the emulator's own count. */
  async function expectSummed(row: UsageRow): Promise<void> {
    const [lost, won] = row.attempts
    expect(BigInt((lost?.tokens ?? 0) + (won?.tokens ?? 0))).toBe(row.total_tokens)
    expect(nano(lost?.cost_usd ?? '') + nano(won?.cost_usd ?? '')).toBe(nano(row.cost_usd))
    expect(lost?.tokens).toBeGreaterThan(0)
    const answer = gateway.emulator.served().find(({ requestId }) => requestId === row.request_id)
    if (!answer) throw new Error('the emulator does not know the answer')
    expect(won?.tokens).toBe(answer.inputTokens + answer.outputTokensServed)
    expect(nano(won?.cost_usd ?? '')).toBe(
      await costNanoUsd(gateway, row, { input: answer.inputTokens, cached: answer.cachedTokens, output: answer.outputTokensServed }),
    )
  }

  async function countRows(): Promise<number> {
    const [row] = await gateway.database.query<{ count: bigint }>('select count(*) from gateway_usage_logs')
    return Number(row?.count)
  }
})
