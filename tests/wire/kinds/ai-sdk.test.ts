import { createOpenAI } from '@ai-sdk/openai'
import { embedMany, generateImage, generateSpeech, transcribe } from 'ai'
import { toFile } from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { silentWav } from '../../../src/emulator/index.ts'
import { startTestGateway, type TestGateway } from '../../_support/gateway.ts'
import { failureOf, sdk } from '../_support/caller.ts'
import { callIdOf, expectRow, type KindRow, setBudget } from '../_support/kind-rows.ts'
import { expectBooksClosed, oracleOf, setShared, settled, untilRateIsKnown } from '../_support/settled.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway({ keys: ['gateway', 'openai', 'groq', 'google'], env: { CATRACA_BUDGET_WAIT_MS: '100' } })
  globalThis.AI_SDK_LOG_WARNINGS = false
  await untilRateIsKnown(gateway)
})
afterAll(() => gateway.close())
afterEach(() => expectBooksClosed(gateway))

const provider = () => createOpenAI({ apiKey: gateway.client.key, baseURL: `${gateway.url}/v1` })
const post = (path: string, body: unknown, headers: Record<string, string> = {}, client = gateway.client) =>
  fetch(`${gateway.url}/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${client.key}`, 'content-type': 'application/json', ...headers },
    body: body instanceof Uint8Array ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body),
  })

/** The only row of its kind so far. */
async function only(apiType: string): Promise<KindRow> {
  return await vi.waitFor(async () => {
    const rows = await gateway.database.query<KindRow>('select * from gateway_usage_logs where api_type = $1', [apiType])
    expect(rows).toHaveLength(1)
    return rows[0] as KindRow
  })
}

describe('the AI SDK with its base URL here', () => {
  test('embedMany', async () => {
    const { embeddings, usage } = await embedMany({ model: provider().embedding('text-embedding-3-small'), values: ['oi', 'olá', 'tchau'] })
    expect(embeddings).toHaveLength(3)
    expect((await only('embeddings')).input_tokens).toBe(BigInt(usage.tokens))
  })

  test('transcribe', async () => {
    const { text } = await transcribe({ model: provider().transcription('whisper-1'), audio: silentWav(44_100 * 7), maxRetries: 0 })
    expect(text).toContain('catraca')
    expect(Number((await only('transcription')).units)).toBe(7)
  })

  test('generateSpeech', async () => {
    const { audio } = await generateSpeech({ model: provider().speech('tts-1'), text: 'Bom dia!', maxRetries: 0 })
    expect([...audio.uint8Array.slice(0, 2)]).toEqual([0xff, 0xfb])
    expect(Number((await only('speech')).units)).toBe(8)
  })

  test('generateImage', async () => {
    const { images } = await generateImage({ model: provider().image('gpt-image-1'), prompt: 'uma catraca', n: 2, maxRetries: 0 })
    expect(images.map(({ mediaType }) => mediaType)).toEqual(['image/png', 'image/png'])
    expect(Number((await only('image')).units)).toBe(2)
  })
})

describe('routes', () => {
  test('embeddings go by Vercel with our own key passed along, and direct when it fails', async () => {
    await setShared(gateway, { route: 'auto' })
    const { response } = await sdk(gateway).embeddings.create({ model: 'text-embedding-3-small', input: 'oi' }).withResponse()
    expect((await settled(gateway, callIdOf(response))).via).toBe('vercel')
    expect(gateway.emulator.requests().at(-1)?.body).toMatchObject({
      model: 'openai/text-embedding-3-small',
      providerOptions: { gateway: { only: ['openai'], user: 'agencia' } },
    })
    const stop = gateway.emulator.inject({ match: { provider: 'vercel' }, status: 503 })
    const fallen = await sdk(gateway).embeddings.create({ model: 'text-embedding-3-small', input: 'oi' }).withResponse()
    stop()
    const row = await settled(gateway, callIdOf(fallen.response))
    expect({ via: row.via, was_fallback: row.was_fallback, attempts: row.attempts.length }).toEqual({
      via: 'direct',
      was_fallback: true,
      attempts: 2,
    })
  })

  test('what Vercel does not serve goes direct, and where that is forbidden says which key it needs', async () => {
    const spoken = await post('/audio/speech', { model: 'tts-1', voice: 'alloy', input: 'oi' })
    expect(spoken.headers.get('x-catraca-via')).toBe('direct')
    await spoken.arrayBuffer()
    await setShared(gateway, { route: 'vercel' })
    const failure = await failureOf(sdk(gateway).audio.speech.create({ model: 'tts-1', voice: 'alloy', input: 'oi' }))
    expect(failure.code).toBe('gateway_without_keys')
    await setShared(gateway, { route: 'auto' })
  })

  test('a key that may use one model only', async () => {
    const client = await gateway.addClient({ allowedModels: ['openai/tts-1'] })
    expect((await post('/audio/speech', { model: 'tts-1', voice: 'alloy', input: 'oi' }, {}, client)).status).toBe(200)
    expect((await post('/audio/speech', { model: 'tts-1-hd', voice: 'alloy', input: 'oi' }, {}, client)).status).toBe(403)
  })
})

describe('pictures of Google’s models, which draw in a chat', () => {
  const model = 'google/gemini-2.5-flash-image'
  test.each(['vercel', 'direct'] as const)('by the tokens that it tells, %s', async (route) => {
    await setShared(gateway, { route })
    const { data, response } = await sdk(gateway).images.generate({ model, prompt: 'uma catraca', n: 1, size: 'auto' }).withResponse()
    expect(data.data?.[0]?.b64_json?.slice(0, 4)).toBe('iVBO')
    const { input_tokens, output_tokens } = data.usage ?? { input_tokens: 0, output_tokens: 0 }
    const row = await expectRow(gateway, callIdOf(response), {
      apiType: 'image',
      nanoUsd: BigInt(input_tokens) * 300n + BigInt(output_tokens) * 30_000n,
      units: 1,
    })
    const oracle = oracleOf(gateway, row)
    expect([row.via, Number(row.input_tokens), Number(row.output_tokens)]).toEqual([route, oracle.inputTokens, oracle.outputTokensServed])
    await setShared(gateway, { route: 'auto' })
  })

  test('what they cannot be told is refused by its name, and costs nothing', async () => {
    await setShared(gateway, { route: 'direct' })
    const failure = await failureOf(sdk(gateway).images.generate({ model, prompt: 'a', size: '1024x1024' }))
    expect({ status: failure.status, param: (failure.error as { param: string }).param }).toEqual({ status: 400, param: 'size' })
    await expectRow(gateway, failure.requestID ?? null, { apiType: 'image', nanoUsd: 0n, status: 'error' })
    await setShared(gateway, { route: 'auto' })
  })
})

describe('what holds for every call', () => {
  test('an Idempotency-Key: the second gets the first one’s sound, and the same recording in another form is the same request', async () => {
    const key = crypto.randomUUID()
    const asked = { model: 'tts-1', voice: 'alloy', input: 'Bom dia a todos' }
    const first = await post('/audio/speech', asked, { 'idempotency-key': key })
    const sound = Buffer.from(await first.arrayBuffer())
    const again = await post('/audio/speech', asked, { 'idempotency-key': key })
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(again.headers.get('content-type')).toBe('audio/mpeg')
    expect(Buffer.from(await again.arrayBuffer()).equals(sound)).toBe(true)

    const headers = { 'idempotency-key': crypto.randomUUID() }
    const ask = async () =>
      await sdk(gateway)
        .audio.transcriptions.create({ model: 'whisper-1', file: await toFile(silentWav(44_100), 'a.wav') }, { headers })
        .withResponse()
    const heard = await ask()
    const repeated = await ask()
    expect(repeated.response.headers.get('idempotent-replayed')).toBe('true')
    expect(callIdOf(repeated.response)).toBe(callIdOf(heard.response))
  })

  test('guardrails mask what is said, in a form too', async () => {
    const client = await gateway.addClient()
    await gateway.database.query('insert into client_guardrails (client_id, mask_pii, blocked_terms) values ($1, $2, $3)', [
      client.id,
      ['cpf'],
      ['segredo'],
    ])
    const masked = sdk(gateway, client)
    const cpf = '529.982.247-25'
    await masked.embeddings.create({ model: 'text-embedding-3-small', input: [`meu CPF é ${cpf}`] })
    expect(gateway.emulator.requests().at(-1)?.body).toMatchObject({ input: ['meu CPF é [CPF]'] })
    const edited = await masked.images
      .edit({ model: 'gpt-image-1', image: await toFile(Buffer.alloc(8), 'a.png'), prompt: `CPF ${cpf}` })
      .withResponse()
    const { input_tokens } = (await settled(gateway, callIdOf(edited.response))) as KindRow
    // 300 of the picture, and `CPF [CPF]`, which is shorter by two tokens than the number.
    expect(Number(input_tokens)).toBe(300 + Math.ceil('CPF [CPF]'.length / 4))
    for (const input of [[1, 2], [[3]]]) {
      const unseen = await failureOf(masked.embeddings.create({ model: 'text-embedding-3-small', input: input as number[] }))
      expect((unseen.error as { param: string }).param).toBe('input')
    }
    const blocked = await failureOf(masked.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: 'um segredo' }))
    expect(blocked.code).toBe('content_blocked')
  })

  test('limits a minute count these calls too', async () => {
    const client = await gateway.addClient()
    await gateway.database.query('update clients set max_requests_per_minute = 2 where id = $1', [client.id])
    const limited = sdk(gateway, client)
    await limited.moderations.create({ input: 'a' })
    await limited.embeddings.create({ model: 'text-embedding-3-small', input: 'a' })
    const failure = await failureOf(limited.embeddings.create({ model: 'text-embedding-3-small', input: 'a' }))
    expect({ status: failure.status, code: failure.code }).toEqual({ status: 429, code: 'rate_limited' })
  })

  test('a second attempt is held for before it is made', async () => {
    const client = await gateway.addClient()
    // Covers one of 61 seconds at $0.006 a minute and R$ 5.4321, and not two.
    await setBudget(gateway, client.id, '0.05')
    await setShared(gateway, { chain: ['groq/whisper-large-v3'] })
    const stop = gateway.emulator.inject({ match: { provider: 'openai' }, cutAfterChunks: 0 })
    const failure = await failureOf(
      sdk(gateway, client).audio.transcriptions.create({ model: 'whisper-1', file: await toFile(silentWav(44_100 * 61), 'a.wav') }),
    )
    stop()
    await setShared(gateway, { chain: [] })
    expect(failure.code).toBe('stream_cut')
    await expectRow(gateway, failure.requestID ?? null, {
      apiType: 'transcription',
      nanoUsd: 6_100_000n,
      units: 61,
      status: 'estimated',
      flags: ['usage_missing'],
    })
  })
})

describe('forms that want to be read in two ways', () => {
  const form = (...parts: string[]) => Buffer.from(`${parts.map((part) => `--b\r\n${part}\r\n`).join('')}--b--\r\n`)
  const field = (name: string, value: string) => `Content-Disposition: form-data; name="${name}"\r\n\r\n${value}`
  const file = 'Content-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\nxx'
  const send = (body: Buffer, type = 'multipart/form-data; boundary=b') =>
    post('/audio/transcriptions', new Uint8Array(body), { 'content-type': type })

  test.each([
    ['a model given twice', form(field('model', 'whisper-1'), field('model', 'gpt-4o-transcribe'), file)],
    ['a file beside the file', form(field('model', 'whisper-1'), file, file)],
    ['no end', Buffer.from(`--b\r\n${field('model', 'whisper-1')}\r\n`)],
    ['no name', form('Content-Disposition: form-data\r\n\r\nx', file)],
    ['no form', Buffer.from('{}')],
  ])('%s is refused', async (_what, body) => {
    const answer = await send(body)
    expect(answer.status).toBe(400)
    expect(((await answer.json()) as { error: { code: string } }).error.code).toBe('invalid_body')
  })

  test('what goes on is written anew, with the files as they were', async () => {
    const answer = await send(
      form(field('model', 'whisper-1'), field('x"\\y', 'z'), file),
      'multipart/form-data; charset=utf-8; boundary="b"',
    )
    expect(answer.status).toBe(200)
  })
})
