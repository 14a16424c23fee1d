import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createCallAI } from '../../src/library/index.ts'
import { startTestGateway, type TestClient, type TestGateway } from '../_support/gateway.ts'
import { failureOf } from './_support/caller.ts'
import { setBudget } from './_support/kind-rows.ts'
import { addOwnProvider } from './_support/own-provider.ts'
import { expectBooksClosed, settled, untilRateIsKnown } from './_support/settled.ts'

let gateway: TestGateway
const warnings: string[] = []

beforeAll(async () => {
  const log = { info: () => {}, warn: (line: string) => void warnings.push(line), error: () => {} }
  gateway = await startTestGateway({ log })
  await untilRateIsKnown(gateway)
})
afterAll(() => gateway.close())
afterEach(() => {
  gateway.emulator.reset()
  return expectBooksClosed(gateway)
})

const sdk = (client: TestClient) =>
  new OpenAI({ apiKey: client.key, baseURL: `${gateway.url}/v1`, maxRetries: 0, defaultHeaders: { 'accept-language': 'en' } })
const say = (content: string) => ({ model: 'openai/gpt-4o-mini', messages: [{ role: 'user' as const, content }] })
const down = (fault: Record<string, unknown> = { status: 500 }) =>
  gateway.emulator.inject({ match: { model: 'omni-moderation-latest' }, ...fault })
const asked = () => gateway.emulator.requests().map(({ path, body }) => ({ path, body: body as Record<string, unknown> }))

async function moderated(columns: Record<string, unknown> = {}): Promise<TestClient> {
  const client = await gateway.addClient()
  const all = { moderation_model: 'openai/omni-moderation-latest', ...columns }
  const names = Object.keys(all)
  await gateway.database.query(
    `insert into client_guardrails (client_id, ${names.join(', ')}) values ($1, ${names.map((_, index) => `$${index + 2}`).join(', ')})`,
    [client.id, ...Object.values(all)],
  )
  return client
}
/** All of the client's rows, questions first. */
const rowsOf = ({ id }: TestClient, count: number) =>
  vi.waitFor(
    async () => {
      const rows = await gateway.database.query<Record<string, unknown>>(
        `select source, api_type, status, error_code, total_tokens::int as tokens, cost_usd::float as usd
         from gateway_usage_logs where client_id = $1 order by source desc, created_at`,
        [id],
      )
      expect(rows).toHaveLength(count)
      return rows
    },
    { timeout: 15_000, interval: 5 },
  )

describe('moderation', () => {
  it('refuses what is flagged, naming the categories and not the text, with one row for the question and none for the call', async () => {
    const client = await moderated()
    const failure = await failureOf(sdk(client).chat.completions.create(say('[[flag violence, hate]] eu vou')))
    expect({ status: failure.status, code: failure.code, type: failure.type }).toEqual({
      status: 400,
      code: 'content_flagged',
      type: 'invalid_request_error',
    })
    expect(failure.message).toContain('flagged by moderation: hate, violence.')
    expect(JSON.stringify(failure.error)).not.toContain('eu vou')
    expect(failure.error).toMatchObject({ details: { categories: ['hate', 'violence'] } })
    expect(asked()).toEqual([
      { path: '/openai/v1/moderations', body: { model: 'omni-moderation-latest', input: ['[[flag violence, hate]] eu vou'] } },
    ])
    expect(await rowsOf(client, 1)).toEqual([
      expect.objectContaining({ source: 'guardrail', api_type: 'moderation', status: 'ok', tokens: 0, usd: 0 }),
    ])
    const inPortuguese = await failureOf(
      sdk(client).chat.completions.create(say('[[flag hate]]'), { headers: { 'accept-language': 'pt-BR' } }),
    )
    expect(inPortuguese.message).toContain('recusada pela moderação')
  })

  it('lets through what is not flagged; the bytes of the call stay as they were, and only users are listened to', async () => {
    const client = await moderated({ mask_pii: ['cpf'] })
    const messages = [
      { role: 'system' as const, content: '[[flag hate]] regras da casa' },
      { role: 'user' as const, content: 'antes' },
      { role: 'assistant' as const, content: 'sim' },
      { role: 'user' as const, content: [{ type: 'text' as const, text: 'meu CPF é 529.982.247-25' }] },
    ]
    const { data, response } = await sdk(client).chat.completions.create({ model: 'openai/gpt-4o-mini', messages }).withResponse()
    expect(data.choices[0]?.message.content).not.toBe('')
    const [question, call] = asked()
    expect(question?.body.input).toEqual(['antes', 'meu CPF é [CPF]'])
    expect(call?.path).toBe('/openai/v1/chat/completions')
    await settled(gateway, response.headers.get('x-catraca-call-id'))
    expect((await rowsOf(client, 2)).map(({ source, status }) => ({ source, status }))).toEqual([
      { source: 'guardrail', status: 'ok' },
      { source: 'api', status: 'ok' },
    ])
  })

  it('looks at every dialect, streams, other kinds and the library', async () => {
    const client = await moderated()
    const anthropic = new Anthropic({ apiKey: client.key, baseURL: gateway.url, maxRetries: 0 })
    const bad = '[[flag sexual]]'
    const ways: (() => Promise<unknown>)[] = [
      () => Promise.resolve(sdk(client).chat.completions.create({ ...say(bad), stream: true })),
      () => Promise.resolve(sdk(client).responses.create({ model: 'openai/gpt-4o-mini', input: bad, stream: true })),
      () =>
        Promise.resolve(
          anthropic.messages.create({ model: 'anthropic/claude-haiku-4-5', max_tokens: 50, messages: [{ role: 'user', content: bad }] }),
        ),
      () => Promise.resolve(sdk(client).embeddings.create({ model: 'text-embedding-3-small', input: ['bom', bad] })),
      () => Promise.resolve(sdk(client).images.generate({ model: 'gpt-image-1', prompt: bad })),
      () => Promise.resolve(sdk(client).audio.speech.create({ model: 'tts-1', voice: 'alloy', input: bad })),
    ]
    for (const way of ways) {
      await expect(way()).rejects.toMatchObject({ status: 400, message: expect.stringContaining('sexual') })
    }
    const library = createCallAI(gateway.server.context)({ clientId: client.id, messages: [{ role: 'user', content: bad }] })
    await expect(library).rejects.toMatchObject({ code: 'content_flagged', details: { categories: ['sexual'] } })
    expect(asked().filter(({ path }) => !path.endsWith('/moderations'))).toEqual([])
    // Who asks for a verdict gets it.
    const verdict = await sdk(client).moderations.create({ input: bad })
    expect(verdict.results[0]?.flagged).toBe(true)
    expect((await rowsOf(client, ways.length + 2)).map(({ source }) => source)).toEqual([
      ...ways.map(() => 'guardrail'),
      'guardrail',
      'api',
    ])
  })

  it('refuses only the categories that were chosen', async () => {
    const client = await moderated({ moderation_categories: ['sexual/minors', 'hate'] })
    await sdk(client).chat.completions.create(say('[[flag violence]] filme de ação'))
    const failure = await failureOf(sdk(client).chat.completions.create(say('[[flag violence, hate]]')))
    expect(failure.error).toMatchObject({ details: { categories: ['hate'] } })
  })

  it('closed, which is the default: no verdict, no call; others go on, and it heals by itself', async () => {
    const client = await moderated()
    const silence = process.env.CATRACA_TEST_LONG === '1' ? [{ hang: true }] : []
    for (const fault of [...silence, { status: 500 }, { garbage: true }, { reset: true }, { status: 429 }]) {
      const end = down(fault)
      const failure = await failureOf(sdk(client).chat.completions.create(say('oi')))
      expect({ status: failure.status, code: failure.code }).toEqual({ status: 503, code: 'moderation_unavailable' })
      end()
    }
    expect(asked().some(({ path }) => path.endsWith('/chat/completions'))).toBe(false)
    expect(warnings.at(-1)).toMatch(/moderation by openai\/omni-moderation-latest failed \(upstream_rate_limited.*is refused/)
    const end = down()
    await sdk(gateway.client).chat.completions.create(say('oi'))
    end()
    await sdk(client).chat.completions.create(say('oi'))
  })

  it('open: a call that could not be judged goes on, and its row tells of the failure', async () => {
    const client = await moderated({ moderation_fails: 'open' })
    const end = down()
    await sdk(client).chat.completions.create(say('oi'))
    end()
    const rows = await rowsOf(client, 2)
    expect(rows[0]).toMatchObject({ source: 'guardrail', status: 'error', error_code: 'upstream_overloaded', usd: 0 })
    // A model that is not registered is no verdict either.
    const lost = await moderated({ moderation_fails: 'open', moderation_model: 'openai/no-such' })
    await sdk(lost).chat.completions.create(say('oi'))
    const strict = await moderated({ moderation_model: 'openai/gpt-4o-mini' })
    expect((await failureOf(sdk(strict).chat.completions.create(say('oi')))).code).toBe('moderation_unavailable')
  })

  it('reads the newest messages that fit, and refuses a message that does not', async () => {
    const client = await moderated()
    const long = 'a '.repeat(70_000)
    const failure = await failureOf(sdk(client).chat.completions.create(say(long)))
    expect({ status: failure.status, code: failure.code }).toEqual({ status: 400, code: 'input_too_long' })
    expect(asked()).toEqual([])
    const history = [long, 'b'].map((content) => ({ role: 'user' as const, content }))
    await sdk(client).chat.completions.create({ model: 'openai/gpt-4o-mini', messages: history })
    expect(asked()[0]?.body.input).toEqual(['b'])
  })

  it('spends nothing of a budget and none of the limits of its client, whatever models that may call', async () => {
    const client = await moderated({ allowed_models: ['openai/gpt-4o-mini'] })
    await setBudget(gateway, client.id, '1')
    await gateway.database.query('update clients set max_requests_per_minute = 2 where id = $1', [client.id])
    await expect
      .poll(
        async () =>
          (await sdk(client).chat.completions.create(say('oi')).withResponse()).response.headers.get('x-ratelimit-limit-requests'),
        { timeout: 10_000 },
      )
      .toBe('2')
    const used = async () =>
      await gateway.database.query<{ used: string }>(
        'select used::text from budget_periods p join budgets b on b.id = p.budget_id where b.client_id = $1',
        [client.id],
      )
    await expectBooksClosed(gateway)
    const before = await used()
    const failure = await failureOf(sdk(client).chat.completions.create(say('[[flag hate]]')))
    expect(failure.code).toBe('content_flagged')
    expect(failure.headers?.get('x-ratelimit-remaining-requests')).toBe('0')
    expect(await used()).toEqual(before)
    // A flagged call counts against the limit of requests like any other.
    expect((await failureOf(sdk(client).chat.completions.create(say('oi')))).code).toBe('rate_limited')
  })

  it('a call that comes back under its Idempotency-Key after it was flagged is asked about again', async () => {
    const client = await moderated()
    const headers = { 'idempotency-key': 'k1' }
    for (const _ of [1, 2]) {
      expect((await failureOf(sdk(client).chat.completions.create(say('[[flag hate]]'), { headers }))).code).toBe('content_flagged')
    }
    await rowsOf(client, 2)
  })

  it('takes a model of the operator’s own, also one that names categories only, and no verdict that leaves a text out', async () => {
    const judge = createServer(async (incoming, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of incoming) chunks.push(chunk as Buffer)
      const { input } = JSON.parse(Buffer.concat(chunks).toString()) as { input: string[] }
      const judged = input[0] === 'half' ? input.slice(1) : input
      const results = judged.map((text) => ({ categories: { pii: text.includes('secret'), law: false } }))
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ id: 'x', model: 'judge', results }))
    })
    await new Promise<void>((resolve) => judge.listen(0, '127.0.0.1', resolve))
    await addOwnProvider(gateway, 'juiz', {
      baseUrl: `http://127.0.0.1:${(judge.address() as AddressInfo).port}/v1`,
      columns: { kinds: ['moderations'] },
    })
    await gateway.database.query(
      `insert into ai_models_registry (provider, model_name, api_type, input_price_per_million) values ('juiz', 'judge', 'moderation', 0)`,
    )
    const client = await moderated({ moderation_model: 'juiz/judge' })
    const ask = (text: string) => sdk(client).chat.completions.create(say(text))
    await expect
      .poll(
        () =>
          ask('oi').then(
            () => 'served',
            ({ code }) => code,
          ),
        { timeout: 10_000 },
      )
      .toBe('served')
    expect((await failureOf(ask('my secret'))).error).toMatchObject({ code: 'content_flagged', details: { categories: ['pii'] } })
    expect((await failureOf(ask('half'))).code).toBe('moderation_unavailable')
    judge.closeAllConnections()
    judge.close()
  })
})
