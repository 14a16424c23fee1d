import { toFile } from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { kinds, writeForm } from '../../src/dialects/index.ts'
import { type Emulator, silentWav, startEmulator } from '../../src/emulator/index.ts'
import type { Log } from '../../src/shared/log.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { within1s } from '../_support/within-1s.ts'
import { failureOf, post, readStream, sdk, user } from './_support/caller.ts'
import { addOwnProvider, type Front, startFront } from './_support/own-provider.ts'
import { expectBooksClosed, nano, setShared, settled, untilRateIsKnown } from './_support/settled.ts'

const mistralKey = 'mst-test-0123456789'
const azureKey = 'azure-test-0123456789'
const frontKey = 'sk-test-behind-the-front'

let gateway: TestGateway
/** Another host, which knows only its own key and none of the gateway's. */
let mistral: Emulator
let azure: Front
let ollama: Front
const lines: string[] = []
const keep = (line: string, error?: unknown) => void lines.push(`${line} ${error === undefined ? '' : String(error)}`)
const log: Log = { info: keep, warn: keep, error: keep }

beforeAll(async () => {
  mistral = await startEmulator({ keys: [mistralKey, frontKey] })
  azure = await startFront(mistral.baseUrls.openai, frontKey, ({ headers, url }) => {
    return headers['api-key'] === azureKey && headers.authorization === undefined && url?.endsWith('?api-version=preview') === true
  })
  ollama = await startFront(mistral.baseUrls.groq, frontKey, ({ headers }) => headers.authorization === undefined)
  gateway = await startTestGateway({ log })
  await addOwnProvider(gateway, 'mistral', {
    baseUrl: mistral.baseUrls.groq,
    key: mistralKey,
    columns: { supports_stream_usage: false },
    models: { 'mistral-small': ['0.1', '0.3'] },
  })
  await addOwnProvider(gateway, 'azure', {
    baseUrl: azure.url,
    key: azureKey,
    columns: { auth: 'api-key', query: { 'api-version': 'preview' }, limit_field: 'max_completion_tokens' },
    models: { 'gpt-4o-mini': ['0.2', '0.8'] },
  })
  await addOwnProvider(gateway, 'ollama', { baseUrl: ollama.url, models: { 'llama3.2:latest': ['0', '0'], 'qwen-日本': ['0', '0'] } })
  // A provider's own package, from the table: Anthropic's is installed anyway.
  await addOwnProvider(gateway, 'by-package', {
    baseUrl: mistral.baseUrls.anthropic,
    key: mistralKey,
    columns: { kind: 'ai-sdk', package: '@ai-sdk/anthropic', export_name: 'createAnthropic' },
    models: { 'claude-sonnet-4-5': ['3', '15'] },
  })
  await addOwnProvider(gateway, 'cohere', {
    baseUrl: 'https://api.cohere.test/v2',
    key: 'co-test-0123456789',
    columns: { kind: 'ai-sdk', package: '@ai-sdk/cohere', export_name: 'createCohere', allow_http: false },
    models: { 'command-a': ['2.5', '10'] },
  })
  await untilRateIsKnown(gateway)
})
afterAll(async () => {
  await gateway.close()
  await Promise.all([azure.close(), ollama.close(), mistral.close()])
})
afterEach(async () => {
  await expectBooksClosed(gateway)
})

test('a provider of one’s own is called with its own key, and its row says what the operator’s price costs', async () => {
  const params = { model: 'mistral/mistral-small', messages: user('reply with 30 words'), stream_options: { include_usage: true } }
  const { data, response } = await sdk(gateway).chat.completions.create({ model: params.model, messages: params.messages }).withResponse()
  const streamed = await readStream(sdk(gateway), params)
  for (const id of [response.headers.get('x-catraca-call-id'), streamed.callId]) {
    const row = await settled(gateway, id)
    expect(row).toMatchObject({ provider: 'mistral', model_name: 'mistral-small', via: 'direct', status: 'ok', output_tokens: 30n })
    expect(row.request_id).toBe(mistral.served().find((call) => call.requestId === row.request_id)?.requestId)
  }
  // In dollars for a million: 30 tokens at 0.3, and the prompt at 0.1.
  const row = await settled(gateway, response.headers.get('x-catraca-call-id'))
  expect(Number(row.cost_usd)).toBeCloseTo((Number(row.input_tokens) * 0.1 + 30 * 0.3) / 1e6, 12)
  expect(data.usage?.completion_tokens).toBe(30)
  // Whoever refuses stream_options is never sent any, not even the caller's.
  for (const { body } of mistral.requests()) expect(body).not.toHaveProperty('stream_options')
  expect(gateway.emulator.served()).toEqual([])
})

test('Azure: the key in its own header, the version in the query, the limit by its newer name', async () => {
  const answer = await sdk(gateway).chat.completions.create({ model: 'azure/gpt-4o-mini', messages: user('Oi'), max_tokens: 50 })
  expect(answer.choices[0]?.message.content).not.toBe('')
  const seen = azure.seen.at(-1)
  expect(seen?.path).toBe('/chat/completions?api-version=preview')
  expect(seen?.body).toMatchObject({ model: 'gpt-4o-mini', max_completion_tokens: 50 })
  expect(seen?.body).not.toHaveProperty('max_tokens')
})

test('Ollama: no key at all, and a price of 0 is one', async () => {
  const { response } = await sdk(gateway)
    .chat.completions.create({ model: 'ollama/llama3.2:latest', messages: user('reply with 7 words') })
    .withResponse()
  expect(ollama.seen.at(-1)?.headers).not.toHaveProperty('authorization')
  const row = await settled(gateway, response.headers.get('x-catraca-call-id'))
  expect(row).toMatchObject({ provider: 'ollama', status: 'ok', output_tokens: 7n })
  expect(Number(row.cost_usd)).toBe(0)
  expect(row.flags).toEqual([])
})

test('a model that is named beyond ASCII is answered, whole and streamed', async () => {
  const params = { model: 'ollama/qwen-日本', messages: user('reply with 7 words') }
  const { data, response } = await sdk(gateway).chat.completions.create(params).withResponse()
  expect(data.usage?.completion_tokens).toBe(7)
  expect(response.headers.get('x-catraca-model')).toBe('qwen-%E6%97%A5%E6%9C%AC')
  const streamed = await readStream(sdk(gateway), params)
  expect(streamed.text).toBe(data.choices[0]?.message.content)
  for (const id of [response.headers.get('x-catraca-call-id'), streamed.callId]) {
    expect(await settled(gateway, id)).toMatchObject({ model_name: 'qwen-日本', status: 'ok', output_tokens: 7n })
  }
})

test('by a package of the AI SDK, whole and streamed', async () => {
  const params = { model: 'by-package/claude-sonnet-4-5', messages: user('reply with 12 words') }
  const whole = await sdk(gateway).chat.completions.create(params)
  const streamed = await readStream(sdk(gateway), params)
  expect(streamed.text).toBe(whole.choices[0]?.message.content)
  const row = await settled(gateway, streamed.callId)
  expect(row).toMatchObject({ provider: 'by-package', model_name: 'claude-sonnet-4-5', status: 'ok', output_tokens: 12n })
})

test('a package that is not installed is said in words, and a fallback answers', async () => {
  const ask = () => sdk(gateway).chat.completions.create({ model: 'cohere/command-a', messages: user('Oi') })
  const answered = await settled(gateway, (await ask().withResponse()).response.headers.get('x-catraca-call-id'))
  expect(answered).toMatchObject({ provider: 'openai', status: 'ok', was_fallback: true })
  await setShared(gateway, { chain: [] })
  try {
    const failure = await failureOf(ask())
    expect(failure.status).toBe(503)
    expect(failure.message).toContain('The package @ai-sdk/cohere of the provider "cohere" is not installed: npm i @ai-sdk/cohere')
  } finally {
    await setShared(gateway, { chain: ['openai/gpt-4o-mini'] })
  }
})

test('a provider of one’s own and a built-in one stand in for each other', async () => {
  const chain = (models: string[]) =>
    gateway.database.query('update clients set fallback_chain = $1 where id = $2', [JSON.stringify(models), gateway.client.id])
  try {
    await chain(['openai/gpt-4o-mini'])
    await within1s(async () => {
      const { response } = await sdk(gateway)
        .chat.completions.create({ model: 'mistral/mistral-small', messages: user('Oi [[emulate status=500 provider=groq]]') })
        .withResponse()
      const row = await settled(gateway, response.headers.get('x-catraca-call-id'))
      expect(row).toMatchObject({ provider: 'openai', was_fallback: true })
      expect(row.fallback_reason).toBe('upstream_overloaded: mistral/mistral-small via direct answered 500')
    })
    await chain(['mistral/mistral-small'])
    await within1s(async () => {
      const { response } = await sdk(gateway)
        .chat.completions.create({ model: 'openai/gpt-4o-mini', messages: user('Oi [[emulate status=500 provider=openai]]') })
        .withResponse()
      expect(await settled(gateway, response.headers.get('x-catraca-call-id'))).toMatchObject({ provider: 'mistral', was_fallback: true })
    })
  } finally {
    await gateway.database.query('update clients set fallback_chain = null where id = $1', [gateway.client.id])
  }
})

test('nothing in a request chooses a host, a model or a provider behind the operator’s own', async () => {
  const other = 'http://127.0.0.1:9/v1'
  const response = await post(
    gateway,
    {
      model: 'mistral/mistral-small',
      messages: user('Oi'),
      base_url: other,
      baseURL: other,
      models: ['mistral-large'],
      route: 'fallback',
      provider: { order: ['elsewhere'] },
      plugins: [{ id: 'web' }],
      providerOptions: { mistral: { baseURL: other, apiKey: 'sk-test-theirs' } },
    },
    { headers: { 'api-key': 'sk-test-theirs', 'x-base-url': other } },
  )
  expect(response.status).toBe(200)
  const sent = mistral.requests().at(-1)?.body ?? {}
  for (const field of ['models', 'route', 'provider', 'plugins']) expect(sent).not.toHaveProperty(field)
})

test('a change by SQL is in force within a second: off, elsewhere, gone; a call under way goes on', async () => {
  const ask = () => sdk(gateway).chat.completions.create({ model: 'mistral/mistral-small', messages: user('Oi') })
  const ids = async () => (await sdk(gateway).models.list()).data.map(({ id }) => id)
  await setShared(gateway, { chain: [] })
  expect(await ids()).toContain('mistral/mistral-small')

  await gateway.database.query("update providers set is_active = false where name = 'mistral'")
  await within1s(async () => expect((await failureOf(ask())).message).toContain('the provider mistral, which cannot be called now'))
  expect(await ids()).not.toContain('mistral/mistral-small')
  await gateway.database.query("update providers set is_active = true, base_url = 'http://192.0.2.1/v1' where name = 'mistral'")
  await within1s(async () => expect((await failureOf(ask())).message).toContain('may be http:// on a loopback or private host only'))
  await gateway.database.query("update providers set base_url = $1 where name = 'mistral'", [mistral.baseUrls.groq])
  await within1s(async () => expect((await ask()).choices).toHaveLength(1))

  const underWay = readStream(sdk(gateway), {
    model: 'mistral/mistral-small',
    messages: user('reply with 40 words [[emulate first-token=300 gap=20]]'),
  })
  await expect.poll(() => mistral.served().filter(({ outcome }) => outcome === 'open').length, { timeout: 15_000, interval: 5 }).toBe(1)
  await gateway.database.query("delete from providers where name = 'mistral'")
  await within1s(async () => expect((await failureOf(ask())).status).toBe(404))
  const streamed = await underWay
  expect(streamed.error).toBeUndefined()
  expect(streamed.text.split(' ')).toHaveLength(40)
  expect(await settled(gateway, streamed.callId)).toMatchObject({ provider: 'mistral', status: 'ok', output_tokens: 40n })
})

test('no key is in a log, an answer, or the audit', async () => {
  await addOwnProvider(gateway, 'quoting', {
    baseUrl: mistral.baseUrls.openai,
    key: 'qt-test-wrong-key-0123',
    models: { 'gpt-4o': ['1', '1'] },
  })
  await within1s(async () => {
    const failure = await failureOf(sdk(gateway).chat.completions.create({ model: 'quoting/gpt-4o', messages: user('Oi') }))
    expect(failure.status).toBeGreaterThanOrEqual(500)
    expect(JSON.stringify([failure.error, failure.message])).not.toContain('qt-test-wrong-key')
  })
  const audit = await gateway.database.query("select before, after from audit_log where table_name = 'providers'")
  const rows = await gateway.database.query('select * from gateway_usage_logs')
  const said = JSON.stringify([audit, rows, lines], (_name, value) => (typeof value === 'bigint' ? String(value) : value))
  expect(audit.length).toBeGreaterThan(5)
  for (const key of [mistralKey, azureKey, 'qt-test-wrong-key', 'co-test-']) expect(said).not.toContain(key)
})

describe('kinds of call that are no chat', () => {
  /** A model of it by the price columns of the registry. */
  const addModel = (provider: string, model: string, apiType: string, prices: Record<string, number>) =>
    gateway.database.query(
      `insert into ai_models_registry (provider, model_name, api_type, ${Object.keys(prices).join(', ')})
       values ('${provider}', '${model}', '${apiType}', ${Object.values(prices).join(', ')})`,
    )
  const callIdOf = (response: Response) => response.headers.get('x-catraca-call-id')

  beforeAll(async () => {
    await addOwnProvider(gateway, 'estudio', {
      baseUrl: mistral.baseUrls.openai,
      key: mistralKey,
      columns: { kinds: ['embeddings', 'transcriptions', 'translations', 'speech', 'images', 'image-edits', 'moderations'] },
    })
    await addModel('azure', 'text-embedding-3-small', 'embeddings', { input_price_per_million: 0.02 })
    await addModel('azure', 'whisper-1', 'transcription', { price_per_audio_minute: 0.006 })
    await addModel('estudio', 'text-embedding-3-large', 'embeddings', { input_price_per_million: 1 })
    await addModel('estudio', 'whisper-1', 'transcription', { price_per_audio_minute: 0.6 })
    await addModel('estudio', 'tts-1', 'speech', { price_per_character: 0.001 })
    await addModel('estudio', 'dall-e-3', 'image', { price_per_image: 0.5 })
    await addModel('estudio', 'omni-moderation-latest', 'moderation', { input_price_per_million: 0 })
    await vi.waitFor(async () => expect((await gateway.server.context.models()).find('estudio/omni-moderation-latest')).toBeDefined(), {
      timeout: 10_000,
    })
  })

  test('embeddings are there without being named, at the address with its query', async () => {
    const { data, response } = await sdk(gateway).embeddings.create({ model: 'azure/text-embedding-3-small', input: 'Olá' }).withResponse()
    expect(data.data[0]?.embedding).toHaveLength(1536)
    expect(azure.seen.at(-1)?.path).toBe('/embeddings?api-version=preview')
    const row = await settled(gateway, callIdOf(response))
    expect(row).toMatchObject({ provider: 'azure', status: 'ok', via: 'direct' })
    expect(nano(row.cost_usd)).toBe(BigInt(data.usage.prompt_tokens) * 20n)
  })

  test('each kind that is named, priced by what it is billed by', async () => {
    const client = sdk(gateway)
    const file = () => toFile(silentWav(44_100 * 30), 'fala.wav', { type: 'audio/wav' })
    const png = () => toFile(Buffer.from('89504e47', 'hex'), 'a.png', { type: 'image/png' })
    const calls: [string, bigint, () => Promise<{ response: Response }>][] = [
      [
        'transcription',
        300_000_000n,
        async () => client.audio.transcriptions.create({ model: 'estudio/whisper-1', file: await file() }).withResponse(),
      ],
      [
        'transcription',
        300_000_000n,
        async () => client.audio.translations.create({ model: 'estudio/whisper-1', file: await file() }).withResponse(),
      ],
      [
        'speech',
        3_000_000n,
        () => client.audio.speech.create({ model: 'estudio/tts-1', voice: 'alloy', input: 'olá' }).then((response) => ({ response })),
      ],
      ['image', 1_000_000_000n, () => client.images.generate({ model: 'estudio/dall-e-3', prompt: 'gato', n: 2 }).withResponse()],
      [
        'image',
        500_000_000n,
        async () => client.images.edit({ model: 'estudio/dall-e-3', prompt: 'gato', image: await png() }).withResponse(),
      ],
      ['moderation', 0n, () => client.moderations.create({ model: 'estudio/omni-moderation-latest', input: 'oi' }).withResponse()],
    ]
    for (const [apiType, nanoUsd, call] of calls) {
      const { response } = await call()
      if (apiType === 'speech') await response.arrayBuffer()
      const row = await settled(gateway, callIdOf(response))
      expect(row).toMatchObject({ provider: 'estudio', api_type: apiType, status: 'ok', flags: [] })
      expect(nano(row.cost_usd)).toBe(nanoUsd)
    }
    expect(mistral.served().at(-1)?.keyLast4).toBe(mistralKey.slice(-4))
  })

  test('what would choose another model or server is left out of a body and of a form', async () => {
    const routing = { models: ['a/b'], provider: { order: ['x'] }, route: 'fallback' }
    await sdk(gateway).embeddings.create({ model: 'estudio/text-embedding-3-large', input: 'a', ...routing })
    expect(mistral.requests().at(-1)?.body).toEqual({ model: 'text-embedding-3-large', input: 'a', encoding_format: 'base64' })
    const form = kinds.transcriptions.parse(
      writeForm(
        [
          { name: 'model', filename: undefined, mediaType: undefined, value: Buffer.from('estudio/whisper-1') },
          { name: 'provider[order]', filename: undefined, mediaType: undefined, value: Buffer.from('x') },
          { name: 'models', filename: undefined, mediaType: undefined, value: Buffer.from('a/b') },
          { name: 'language', filename: undefined, mediaType: undefined, value: Buffer.from('pt') },
          { name: 'file', filename: 'a.wav', mediaType: 'audio/wav', value: silentWav(44_100) },
        ],
        'catraca-test',
      ),
      'multipart/form-data; boundary=catraca-test',
    )
    const extra = { models: undefined, provider: undefined }
    const sent = kinds.transcriptions.prepareBody(form, {
      model: 'whisper-1',
      maxOutputTokens: undefined,
      limitField: 'max_tokens',
      asksStreamUsage: true,
      extra,
    })
    const names = [...sent.toString('latin1').matchAll(/ name="([^"]+)"/g)].map(([, name]) => name)
    expect(names).toEqual(['model', 'language', 'file'])
  })

  test('a kind that is not named is refused before anything is asked, and says how to name it', async () => {
    const before = azure.seen.length
    const failure = await failureOf(
      sdk(gateway).audio.transcriptions.create({ model: 'azure/whisper-1', file: await toFile(silentWav(44_100), 'a.wav') }),
    )
    expect({ status: failure.status, code: failure.code }).toEqual({ status: 503, code: 'gateway_without_keys' })
    expect(failure.message).toContain('--kinds')
    expect(azure.seen).toHaveLength(before)
    await gateway.database.query(`update providers set kinds = '{transcriptions}' where name = 'estudio'`)
    await expect
      .poll(
        () =>
          sdk(gateway)
            .embeddings.create({ model: 'estudio/text-embedding-3-large', input: 'a' })
            .then(
              () => 'served',
              (error) => error.code,
            ),
        { timeout: 10_000 },
      )
      .toBe('gateway_without_keys')
  })
})
