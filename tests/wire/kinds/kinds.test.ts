import Groq from 'groq-sdk'
import type OpenAI from 'openai'
import { toFile } from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { silentWav } from '../../../src/emulator/index.ts'
import { startTestGateway, type TestClient, type TestGateway } from '../../_support/gateway.ts'
import { failureOf, sdk } from '../_support/caller.ts'
import { callIdOf, expectRow, oracleUnits, setBudget } from '../_support/kind-rows.ts'
import { expectBooksClosed, oracleOf, setShared, untilRateIsKnown } from '../_support/settled.ts'

let gateway: TestGateway
let client: OpenAI

beforeAll(async () => {
  gateway = await startTestGateway({ env: { CATRACA_BUDGET_WAIT_MS: '100', CATRACA_DRAIN_TIMEOUT_MS: '200' } })
  await untilRateIsKnown(gateway)
  client = sdk(gateway)
})
afterAll(() => gateway.close())
afterEach(() => expectBooksClosed(gateway))

/** Seconds of silence: 44,100 samples each. */
const wav = (seconds: number) => toFile(silentWav(44_100 * seconds), 'fala.wav', { type: 'audio/wav' })

async function withBudget(brl: string): Promise<TestClient> {
  const poor = await gateway.addClient()
  await setBudget(gateway, poor.id, brl)
  return poor
}

describe('embeddings', () => {
  test('one row, priced by the tokens that the provider reports', async () => {
    const { data, response } = await client.embeddings.create({ model: 'text-embedding-3-small', input: ['Olá', 'mundo'] }).withResponse()
    expect(data.data.map(({ embedding }) => embedding.length)).toEqual([1536, 1536])
    expect(response.headers.get('x-catraca-model')).toBe('text-embedding-3-small')
    const row = await expectRow(gateway, callIdOf(response), { apiType: 'embeddings', nanoUsd: BigInt(data.usage.prompt_tokens) * 20n })
    expect(Number(row.input_tokens)).toBe(oracleOf(gateway, row).inputTokens)
    expect(row.attempts).toHaveLength(1)
    expect(response.headers.get('x-catraca-cost-usd')).toBe(row.cost_usd.replace(/0+$/, ''))
  })

  test('tokens as input, a dated name, and floats as they were asked for', async () => {
    const asked = { model: 'openai/text-embedding-3-large', input: [[1, 2, 3], [4]], dimensions: 8, encoding_format: 'float' as const }
    const answer = await client.embeddings.create(asked)
    expect(answer.data.map(({ embedding }) => embedding.length)).toEqual([8, 8])
    expect(gateway.emulator.requests().at(-1)?.body).toEqual({ ...asked, model: 'text-embedding-3-large' })
  })

  test('usage that is missing is estimated from the text, and a chat model is refused by name', async () => {
    const { response } = await client.embeddings
      .create({ model: 'text-embedding-3-small', input: '[[emulate usage=none]] olá' })
      .withResponse()
    const estimated = Math.ceil((128 + 16 + Buffer.byteLength('[[emulate usage=none]] olá')) / 3)
    await expectRow(gateway, callIdOf(response), {
      apiType: 'embeddings',
      nanoUsd: BigInt(estimated) * 20n,
      status: 'estimated',
      flags: ['usage_missing'],
    })
    const failure = await failureOf(client.embeddings.create({ model: 'openai/gpt-4o-mini', input: 'a' }))
    expect({ status: failure.status, code: failure.code }).toEqual({ status: 404, code: 'unknown_model' })
    expect(failure.message).toContain('is a model for chat and cannot be called for embeddings')
    for (const input of [[], {}, 5, [['a']]]) {
      const bad = await failureOf(client.embeddings.create({ model: 'text-embedding-3-small', input: input as string }))
      expect({ status: bad.status, code: bad.code }).toEqual({ status: 400, code: 'invalid_body' })
    }
  })

  test('never falls back to another model, whose vectors would say nothing beside these', async () => {
    await setShared(gateway, { chain: ['openai/text-embedding-3-large'] })
    const failure = await failureOf(client.embeddings.create({ model: 'text-embedding-3-small', input: '[[emulate status=500]]' }))
    expect({ status: failure.status, code: failure.code }).toEqual({ status: 503, code: 'upstream_overloaded' })
    await expectRow(gateway, failure.requestID ?? null, { apiType: 'embeddings', nanoUsd: 0n, status: 'error' })
    await setShared(gateway, { chain: [] })
  })

  test('Google serves its own', async () => {
    const { data, response } = await client.embeddings.create({ model: 'google/gemini-embedding-001', input: 'olá' }).withResponse()
    await expectRow(gateway, callIdOf(response), { apiType: 'embeddings', nanoUsd: BigInt(data.usage.prompt_tokens) * 150n })
  })
})

describe('transcription', () => {
  test('whisper-1 by the second that OpenAI reports', async () => {
    const { data, response } = await client.audio.transcriptions
      .create({ model: 'whisper-1', file: await wav(61), language: 'pt' })
      .withResponse()
    expect(data.text).toContain('catraca')
    // $0.006 a minute: 100,000 nano-dollars a second.
    const row = await expectRow(gateway, callIdOf(response), { apiType: 'transcription', nanoUsd: 6_100_000n, units: 61 })
    expect(oracleUnits(gateway, row)).toBe(61)
    expect(row.total_tokens).toBe(0n)
  })

  test('Groq, which tells no length, by that of the file, and ten seconds at the least', async () => {
    // The SDK's own paths begin with /openai/v1, ours with /v1.
    const seen: Response[] = []
    const through = new Groq({
      apiKey: gateway.client.key,
      baseURL: gateway.url,
      maxRetries: 0,
      fetch: async (url, init) => {
        const response = await fetch(String(url).replace('/openai/v1', '/v1'), init)
        if (response.headers.has('x-catraca-call-id')) seen.push(response)
        return response
      },
    })
    const answer = await through.audio.transcriptions.create({ model: 'groq/whisper-large-v3', file: await wav(30) })
    expect(answer.text).toContain('catraca')
    // $0.00185 a minute.
    const row = await expectRow(gateway, callIdOf(seen[0] as Response), { apiType: 'transcription', nanoUsd: 925_000n, units: 30 })
    expect(oracleUnits(gateway, row)).toBe(30)
    await through.audio.transcriptions.create({ model: 'groq/whisper-large-v3', file: await wav(2) })
    await expectRow(gateway, callIdOf(seen[1] as Response), { apiType: 'transcription', nanoUsd: 308_333n, units: 2 })
  })

  test('gpt-4o-transcribe by tokens', async () => {
    const { response } = await client.audio.transcriptions.create({ model: 'gpt-4o-transcribe', file: await wav(5) }).withResponse()
    const tokens = { input: 50n, output: BigInt(oracleUnitsOutput()) }
    const row = await expectRow(gateway, callIdOf(response), {
      apiType: 'transcription',
      nanoUsd: tokens.input * 6_000n + tokens.output * 10_000n,
      units: 5,
    })
    expect([row.input_tokens, row.output_tokens]).toEqual([tokens.input, tokens.output])
  })

  test('subtitles and plain text pass as they are, by the length of the file', async () => {
    for (const format of ['text', 'srt', 'vtt'] as const) {
      const { data, response } = await client.audio.transcriptions
        .create({ model: 'whisper-1', file: await wav(3), response_format: format })
        .withResponse()
      expect(String(data)).toContain('catraca')
      expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
      await expectRow(gateway, callIdOf(response), { apiType: 'transcription', nanoUsd: 300_000n, units: 3 })
    }
  })

  test('a file whose length nobody tells is held, and booked, at the most that it can be', async () => {
    const file = await toFile(Buffer.alloc(3_000, 7), 'fala.webm', { type: 'audio/webm' })
    const { response } = await client.audio.transcriptions.create({ model: 'groq/whisper-large-v3-turbo', file }).withResponse()
    await expectRow(gateway, callIdOf(response), {
      apiType: 'transcription',
      // 3,000 bytes at 375 a second, below the minimum of ten: $0.000666666666667 a minute.
      nanoUsd: 111_111n,
      units: 8,
      status: 'estimated',
      flags: ['usage_missing'],
    })
  })

  test('a length that cannot be is not booked', async () => {
    const { response } = await client.audio.transcriptions
      .create({ model: 'whisper-1', file: await wav(4), prompt: '[[emulate usage=absurd]]' })
      .withResponse()
    await expectRow(gateway, callIdOf(response), {
      apiType: 'transcription',
      nanoUsd: 400_000n,
      units: 4,
      status: 'estimated',
      flags: ['usage_rejected'],
    })
  })

  test('translations, and what is refused in words', async () => {
    const { data, response } = await client.audio.translations.create({ model: 'whisper-1', file: await wav(2) }).withResponse()
    expect(data.text).toContain('catraca')
    await expectRow(gateway, callIdOf(response), { apiType: 'transcription', nanoUsd: 200_000n, units: 2 })
    const noForm = await failureOf(client.post('/audio/transcriptions', { body: { model: 'whisper-1' } }))
    expect(noForm.message).toContain('must be a form')
    const noFile = await failureOf(client.post('/audio/transcriptions', formOf({ model: 'whisper-1' })))
    expect((noFile.error as { param: string }).param).toBe('file')
    const byUrl = await failureOf(client.post('/audio/transcriptions', formOf({ model: 'groq/whisper-large-v3', url: 'https://a.test/b' })))
    expect((byUrl.error as { param: string }).param).toBe('url')
  })

  test('falls back to another model of the same kind, the form with it', async () => {
    await setShared(gateway, { chain: ['openai/gpt-4o-mini', 'groq/whisper-large-v3'] })
    const stop = gateway.emulator.inject({ match: { provider: 'openai' }, status: 503 })
    const { data, response } = await client.audio.transcriptions.create({ model: 'whisper-1', file: await wav(30) }).withResponse()
    expect(data.text).toContain('catraca')
    const row = await expectRow(gateway, callIdOf(response), { apiType: 'transcription', nanoUsd: 925_000n, units: 30 })
    expect({ provider: row.provider, was_fallback: row.was_fallback, attempts: row.attempts.length }).toEqual({
      provider: 'groq',
      was_fallback: true,
      attempts: 2,
    })
    stop()
    await setShared(gateway, { chain: [] })
  })

  test('a recording of 25 MB is taken, one of 30 is not', async () => {
    const bytes = 25 * 1024 * 1024 - 4_096
    const large = await toFile(silentWav((bytes - 44) >> 1), 'longa.wav')
    expect((await client.audio.transcriptions.create({ model: 'whisper-1', file: large })).text).toContain('catraca')
    const tooLarge = await toFile(Buffer.alloc(30 * 1024 * 1024), 'longa.wav')
    const failure = await failureOf(client.audio.transcriptions.create({ model: 'whisper-1', file: tooLarge }))
    expect(failure.status).toBe(413)
    expect(failure.message).toContain('26 MB')
  })
})

describe('speech', () => {
  test('tts-1 by its characters, the sound as it comes', async () => {
    const input = 'Olá, São Paulo 🎟️'
    const response = await client.audio.speech.create({ model: 'tts-1', voice: 'alloy', input })
    expect(response.headers.get('content-type')).toBe('audio/mpeg')
    expect(Buffer.from(await response.arrayBuffer()).readUInt16BE(0)).toBe(0xfffb)
    const characters = [...input].length
    const row = await expectRow(gateway, callIdOf(response), {
      apiType: 'speech',
      nanoUsd: BigInt(characters) * 15_000n,
      units: characters,
    })
    expect(oracleUnits(gateway, row)).toBe(characters)
  })

  test('gpt-4o-mini-tts tells no tokens: they follow from how long it speaks', async () => {
    const response = await client.audio.speech.create({ model: 'gpt-4o-mini-tts', voice: 'coral', input: 'Bom dia!' })
    const bytes = (await response.arrayBuffer()).byteLength
    // MP3 of 128 kbit/s; 21 tokens a second, and a third of the bytes of the prompt's bound.
    const output = BigInt(Math.ceil((bytes / 16_000) * 21))
    const input = BigInt(Math.ceil((128 + 8) / 3))
    await expectRow(gateway, callIdOf(response), {
      apiType: 'speech',
      nanoUsd: input * 600n + output * 12_000n,
      units: 8,
      status: 'estimated',
      flags: ['usage_missing'],
    })
  })

  test('a sound that breaks off is cut for the caller too, and charged whole', async () => {
    const input = `[[emulate cut=1]] ${'oi '.repeat(2_000)}`
    const response = await client.audio.speech.create({ model: 'tts-1', voice: 'alloy', input })
    await expect(response.arrayBuffer()).rejects.toThrow()
    await expectRow(gateway, callIdOf(response), {
      apiType: 'speech',
      nanoUsd: BigInt(input.length) * 15_000n,
      units: input.length,
      status: 'estimated',
      flags: ['usage_missing'],
    })
  })

  test('a caller who leaves is charged, and so is nobody whom the provider refused', async () => {
    const leaving = new AbortController()
    const input = `[[emulate trickle=1]] ${'oi '.repeat(20)}`
    const response = await client.audio.speech.create({ model: 'tts-1', voice: 'alloy', input }, { signal: leaving.signal })
    leaving.abort()
    await expectRow(gateway, callIdOf(response), {
      apiType: 'speech',
      nanoUsd: BigInt(input.length) * 15_000n,
      units: input.length,
      status: 'estimated',
      flags: ['usage_missing'],
    })
    const failure = await failureOf(client.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: '[[emulate status=400]]' }))
    expect(failure.status).toBe(400)
    await expectRow(gateway, failure.requestID ?? null, { apiType: 'speech', nanoUsd: 0n, status: 'error' })
  })
})

describe('images', () => {
  test('gpt-image-1 by the tokens that it reports, and the pieces beside them', async () => {
    const { data, response } = await client.images.generate({ model: 'gpt-image-1', prompt: 'uma catraca', n: 2 }).withResponse()
    expect(data.data).toHaveLength(2)
    const { input_tokens, output_tokens } = data.usage ?? { input_tokens: 0, output_tokens: 0 }
    const row = await expectRow(gateway, callIdOf(response), {
      apiType: 'image',
      nanoUsd: BigInt(input_tokens) * 10_000n + BigInt(output_tokens) * 40_000n,
      units: 2,
    })
    expect(oracleUnits(gateway, row)).toBe(2)
    expect(row.output_tokens).toBe(BigInt(oracleOf(gateway, row).outputTokensServed))
  })

  test('a model that is billed by the piece', async () => {
    await gateway.database.query(`update ai_models_registry set is_active = true where gateway_identifier = 'openai/dall-e-3'`)
    await expect.poll(async () => (await gateway.server.context.models()).find('openai/dall-e-3') !== undefined).toBe(true)
    const { response } = await client.images.generate({ model: 'dall-e-3', prompt: 'uma catraca' }).withResponse()
    await expectRow(gateway, callIdOf(response), { apiType: 'image', nanoUsd: 120_000_000n, units: 1 })
  })

  test('edits, from a form', async () => {
    const picture = await toFile(Buffer.alloc(64, 1), 'antes.png', { type: 'image/png' })
    const { data, response } = await client.images.edit({ model: 'gpt-image-1', image: picture, prompt: 'sem fundo', n: 1 }).withResponse()
    const { input_tokens, output_tokens } = data.usage ?? { input_tokens: 0, output_tokens: 0 }
    expect(input_tokens).toBeGreaterThan(300)
    await expectRow(gateway, callIdOf(response), {
      apiType: 'image',
      nanoUsd: BigInt(input_tokens) * 10_000n + BigInt(output_tokens) * 40_000n,
      units: 1,
    })
  })

  test('what cannot be bounded is refused in words', async () => {
    const many = await failureOf(client.images.generate({ model: 'gpt-image-1', prompt: 'a', n: 11 }))
    expect((many.error as { param: string }).param).toBe('n')
    const spoken = client.audio.speech.create({ model: 'google/gemini-2.5-flash-tts', voice: 'kore', input: 'a' })
    expect((await failureOf(spoken)).code).toBe('gateway_without_keys')
  })
})

test('moderations are free: one row at no cost', async () => {
  const { data, response } = await client.moderations.create({ input: ['bom dia', 'boa noite'] }).withResponse()
  expect(data.results.map(({ flagged }) => flagged)).toEqual([false, false])
  await expectRow(gateway, callIdOf(response), { apiType: 'moderation', nanoUsd: 0n })
})

test('a hard budget refuses what it does not cover, before anybody is asked', async () => {
  const poor = sdk(gateway, await withBudget('0.001'))
  const reached = gateway.emulator.counts().received
  const file = await wav(60)
  const refused = [
    () => poor.audio.transcriptions.create({ model: 'whisper-1', file }),
    () => poor.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: 'a'.repeat(100) }),
    () => poor.images.generate({ model: 'gpt-image-1', prompt: 'a' }),
    () => poor.embeddings.create({ model: 'text-embedding-3-small', input: 'a'.repeat(100_000) }),
  ]
  for (const call of refused) {
    const failure = await failureOf(call())
    expect({ status: failure.status, code: failure.code }).toEqual({ status: 402, code: 'budget_exceeded' })
  }
  expect(gateway.emulator.counts().received).toBe(reached)
  // It covers a little all the same.
  expect((await poor.embeddings.create({ model: 'text-embedding-3-small', input: 'oi' })).data).toHaveLength(1)
})

function formOf(fields: Record<string, string>): { body: FormData } {
  const body = new FormData()
  for (const [name, value] of Object.entries(fields)) body.set(name, value)
  return { body }
}

/** The emulator's transcript is one sentence. */
function oracleUnitsOutput(): number {
  return gateway.emulator.served().at(-1)?.outputTokensServed ?? 0
}
