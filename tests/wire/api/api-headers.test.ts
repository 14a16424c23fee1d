import { existsSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../../_support/gateway.ts'
import { expectBooksClosed, untilRateIsKnown } from '../_support/settled.ts'
import { answerHeaders, requestHeaders } from './headers.ts'

const chat = '/v1/chat/completions'
const messages = '/v1/messages'
const mini = 'openai/gpt-4o-mini'
const claude = 'anthropic/claude-sonnet-4-5'
const body = (model: string, said: string) => ({ model, max_tokens: 64, messages: [{ role: 'user', content: said }] })

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway()
  await untilRateIsKnown(gateway)
})
afterAll(async () => {
  await expectBooksClosed(gateway)
  await gateway.close()
})

function post(path: string, asked: object | Buffer, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.client.key}`, 'content-type': 'application/json', ...headers },
    body: Buffer.isBuffer(asked) ? new Uint8Array(asked) : JSON.stringify(asked),
  })
}

describe('headers of a request', () => {
  const judged = requestHeaders.filter(({ fate }) => fate !== 'obeyed')
  test.each(judged)('$name: $value is $fate', async ({ name, value, fate }) => {
    // As it is to a provider of the same dialect, in translation, and of Anthropic's to Anthropic.
    const ways = name.startsWith('anthropic-')
      ? [[messages, claude]]
      : [
          [chat, mini],
          [chat, claude],
          [messages, claude],
        ]
    for (const [path = '', model = ''] of ways) {
      const said = `oi ${crypto.randomUUID()}`
      const response = await post(path, body(model, said), { [name]: value })
      await response.arrayBuffer()
      const upstream = gateway.emulator.requests().find((request) => JSON.stringify(request.body).includes(said))
      const got = upstream?.headers[name] === value
      expect([response.status, got]).toEqual([fate === 'refused' ? 400 : 200, fate === 'sent on'])
    }
  })

  test('those that are obeyed are proven where the table says', () => {
    for (const { name, proof = '' } of requestHeaders.filter(({ fate }) => fate === 'obeyed')) {
      expect(readTest(proof), `${name} in ${proof}`).toMatch(new RegExp(name, 'i'))
    }
  })

  test('a body that is compressed, or of another type than it says, is no JSON', async () => {
    const packed = await post(chat, gzipSync(JSON.stringify(body(mini, 'oi'))), { 'content-encoding': 'gzip' })
    expect([packed.status, await packed.json()]).toMatchObject([
      400,
      { error: { code: 'invalid_body', message: expect.stringContaining('compressed') } },
    ])
    const plain = await post(chat, body(mini, 'oi'), { 'content-type': 'text/plain' })
    expect(plain.status).toBe(200)
  })

  test('errors speak the language of accept-language', async () => {
    const ask = async (language: string) => {
      const response = await post(chat, {}, { authorization: '', 'accept-language': language })
      return ((await response.json()) as { error: { message: string } }).error.message
    }
    expect(await ask('pt-BR,pt;q=0.9')).not.toBe(await ask('en'))
  })
})

/** What HTTP itself needs, and fetch shows. */
const plumbing = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding', 'content-type', 'content-length'])

describe('headers of an answer', () => {
  test('are those of the table, and nothing of the provider’s own', async () => {
    const key = { 'idempotency-key': crypto.randomUUID() }
    const answers = [
      await post(chat, body(mini, 'oi'), key),
      await post(chat, body(mini, 'oi'), key),
      await post(chat, { ...body(mini, 'oi'), stream: true }),
      await post(chat, body(claude, 'oi')),
      await post(messages, { ...body(claude, 'oi'), stream: true }),
      await post(`${messages}/count_tokens`, body(claude, 'oi')),
      await post('/v1/embeddings', { model: 'text-embedding-3-small', input: 'oi' }),
      await post('/v1/audio/speech', { model: 'tts-1', voice: 'alloy', input: 'oi' }),
      await post(chat, { ...body(mini, 'oi'), n: 99 }),
    ]
    await Promise.all(answers.map((answer) => answer.arrayBuffer()))
    const seen = new Set(answers.flatMap(({ headers }) => [...headers.keys()]).filter((name) => !plumbing.has(name)))
    const named = answerHeaders.map(({ name }) => name)
    expect(
      [...seen].filter((name) => !named.includes(name)),
      'without a row',
    ).toEqual([])
    for (const { name, proof } of answerHeaders.filter((header) => !seen.has(header.name))) {
      expect(readTest(proof ?? ''), `${name} in ${proof}`).toContain(name)
    }
    for (const { name } of answerHeaders.filter(({ on }) => on === 'all')) {
      expect(
        answers.every(({ headers }) => headers.has(name)),
        name,
      ).toBe(true)
    }
  })
})

describe('bodies', () => {
  const documented = readTest('docs/api.md')
  const keysOf = (value: unknown): string[] => Object.keys(value as object).sort()

  test('errors have the shapes that docs/api.md shows', async () => {
    const samples = [...documented.matchAll(/```json\n(\{.*?\})\n```/gs)].map(([, json = '{}']) => JSON.parse(json))
    const refusals = await Promise.all(
      [chat, messages].map(async (path) => (await post(path, { ...body(mini, 'oi'), stream: 'yes' })).json()),
    )
    expect(samples.slice(0, 2).map((sample) => [keysOf(sample), keysOf(sample.error)])).toEqual(
      refusals.map((refusal) => [keysOf(refusal), keysOf((refusal as { error: object }).error)]),
    )
  })

  test('a model has the fields that docs/api.md shows', async () => {
    const headers = { authorization: `Bearer ${gateway.client.key}` }
    const model = await (await fetch(`${gateway.url}/v1/models/${mini}`, { headers })).json()
    const [, , sample] = [...documented.matchAll(/```json\n(\{.*?\})\n```/gs)].map(([, json = '{}']) => JSON.parse(json))
    expect(model).toEqual(sample)
  })

  test('the paths below /openai/v1, where Groq’s SDK calls, are the same', async () => {
    const response = await post('/openai/v1/chat/completions', body(mini, 'oi'))
    expect([response.status, response.headers.get('x-catraca-model')]).toEqual([200, 'gpt-4o-mini'])
  })
})

function readTest(path: string): string {
  const file = new URL(`../../../${path}`, import.meta.url)
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}
