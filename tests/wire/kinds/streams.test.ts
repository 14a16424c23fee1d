import type OpenAI from 'openai'
import { toFile } from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { silentWav } from '../../../src/emulator/index.ts'
import { startTestGateway, type TestGateway } from '../../_support/gateway.ts'
import { failureOf, sdk } from '../_support/caller.ts'
import { callIdOf, expectRow, oracleUnits } from '../_support/kind-rows.ts'
import { expectBooksClosed, oracleOf, untilRateIsKnown } from '../_support/settled.ts'

let gateway: TestGateway
let client: OpenAI

beforeAll(async () => {
  gateway = await startTestGateway()
  await untilRateIsKnown(gateway)
  client = sdk(gateway)
})
afterAll(() => gateway.close())
afterEach(() => expectBooksClosed(gateway))

const wav = (seconds: number) => toFile(silentWav(44_100 * seconds), 'fala.wav', { type: 'audio/wav' })
const transcribe = async (prompt = '', model = 'gpt-4o-transcribe', headers: Record<string, string> = {}) =>
  await client.audio.transcriptions.create({ model, file: await wav(5), stream: true, prompt }, { headers }).withResponse()
const draw = (prompt: string, partialImages = 2) =>
  client.images.generate({ model: 'gpt-image-1', prompt, stream: true, partial_images: partialImages }).withResponse()

/** What a stream says, and what it breaks off with. */
async function read<T extends { type: string }>(stream: AsyncIterable<T>): Promise<{ events: T[]; error: unknown }> {
  const events: T[] = []
  try {
    for await (const event of stream) events.push(event)
  } catch (error) {
    return { events, error }
  }
  return { events, error: undefined }
}
const types = (events: readonly { type: string }[]) => [...new Set(events.map(({ type }) => type))]

/** A piece is a token at least, and three bytes are one at most. */
function tokensSaid(events: readonly object[]): bigint {
  const bytes = events.reduce<number>((sum, event) => sum + ('delta' in event ? Buffer.byteLength(String(event.delta)) : 0), 0)
  return BigInt(Math.max(events.length, Math.ceil(bytes / 3)))
}

describe('streamed transcripts', () => {
  test('pass as they come, and are booked by the usage at their end', async () => {
    const { data, response } = await transcribe()
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    const { events, error } = await read(data)
    expect(error).toBeUndefined()
    expect(types(events)).toEqual(['transcript.text.delta', 'transcript.text.done'])
    const said = events.map((event) => (event.type === 'transcript.text.delta' ? event.delta : '')).join('')
    const done = events.at(-1)
    if (done?.type !== 'transcript.text.done') throw new Error('no end')
    expect(said).toBe(done.text)
    const { input_tokens: input = 0, output_tokens: output = 0 } = done.usage ?? {}
    const row = await expectRow(gateway, callIdOf(response), {
      apiType: 'transcription',
      nanoUsd: BigInt(input) * 6_000n + BigInt(output) * 10_000n,
      units: 5,
    })
    expect([row.input_tokens, row.output_tokens]).toEqual([50n, BigInt(oracleOf(gateway, row).outputTokensServed)])
    expect(row.first_token_ms).not.toBeNull()
    expect(gateway.emulator.served().at(-1)).toMatchObject({ streamed: true, outcome: 'finished' })
  })

  test('whisper-1 ignores the wish, as at OpenAI', async () => {
    const { response } = await client.audio.transcriptions.create({ model: 'whisper-1', file: await wav(2), stream: true }).withResponse()
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
    await expectRow(gateway, callIdOf(response), { apiType: 'transcription', nanoUsd: 200_000n, units: 2 })
    const answer = await fetch(`${gateway.url}/v1/audio/transcriptions`, await form('whisper-1'))
    expect(await answer.json()).toMatchObject({ text: expect.stringContaining('catraca') })
    await expectRow(gateway, callIdOf(answer), { apiType: 'transcription', nanoUsd: 200_000n, units: 2 })
  })

  test.each(['cut=2', 'end=2', 'error=2', 'garbage', 'cut=2 cut-mid-frame'])(
    'one that breaks off (%s) never looks whole',
    async (fault) => {
      const { data, response } = await transcribe(`[[emulate ${fault}]]`)
      const { events, error } = await read(data)
      expect(types(events)).toEqual(['transcript.text.delta'])
      expect(error).toBeDefined()
      const prompt = `[[emulate ${fault}]]`.length
      // Half of the bound of what was heard, and each piece that was said: at least what the provider counted.
      const heard = Math.ceil((128 + prompt + 6 * 20) / 2)
      const row = await expectRow(gateway, callIdOf(response), {
        apiType: 'transcription',
        nanoUsd: BigInt(heard) * 6_000n + tokensSaid(events) * 10_000n,
        units: 5,
        status: 'estimated',
        flags: ['usage_missing'],
      })
      expect(row.input_tokens).toBeGreaterThanOrEqual(50n)
    },
  )
  test('before its first word another target is tried; usage that is missing is estimated', async () => {
    const body = {
      model: 'gpt-4o-transcribe',
      file: await wav(5),
      stream: true as const,
      prompt: '[[emulate model=gpt-4o-transcribe error=0]]',
    }
    await gateway.database.query(`update clients set fallback_chain = '["openai/gpt-4o-mini-transcribe"]' where id = $1`, [
      gateway.client.id,
    ])
    await expect
      .poll(
        async () => {
          const { data, response } = await client.audio.transcriptions
            .create(body)
            .withResponse()
            .catch(() => ({ data: undefined, response: undefined }))
          return data && (await read(data)).error === undefined && response?.headers.get('x-catraca-model')
        },
        { timeout: 10_000 },
      )
      .toBe('gpt-4o-mini-transcribe')
    await gateway.database.query('update clients set fallback_chain = null where id = $1', [gateway.client.id])
    const { data, response } = await transcribe('[[emulate usage=none]]')
    expect((await read(data)).error).toBeUndefined()
    const heard = Math.ceil((128 + '[[emulate usage=none]]'.length + 6 * 20) / 2)
    const said = Math.ceil(Buffer.byteLength('Olá, esta é uma demonstração da catraca.') / 3)
    await expectRow(gateway, callIdOf(response), {
      apiType: 'transcription',
      nanoUsd: BigInt(heard) * 6_000n + BigInt(said) * 10_000n,
      units: 5,
      status: 'estimated',
      flags: ['usage_missing'],
    })
  })

  test('a caller who leaves is booked by what the provider says at its end', async () => {
    const { data, response } = await transcribe('[[emulate gap=20]]')
    for await (const _event of data) break
    data.controller.abort()
    const row = await expectRow(gateway, callIdOf(response), {
      apiType: 'transcription',
      nanoUsd: 50n * 6_000n + 11n * 10_000n,
      units: 5,
      status: 'cancelled',
    })
    expect(oracleOf(gateway, row)).toMatchObject({ outcome: 'finished', outputTokensServed: 11 })
  })

  test('under its Idempotency-Key it comes again, byte for byte, and is booked once', async () => {
    const headers = { 'idempotency-key': crypto.randomUUID() }
    const first = await transcribe('', 'gpt-4o-transcribe', headers)
    const events = await read(first.data)
    const again = await transcribe('', 'gpt-4o-transcribe', headers)
    expect(again.response.headers.get('idempotent-replayed')).toBe('true')
    expect(await read(again.data)).toEqual(events)
    expect(again.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  })

  test('translations are not streamed', async () => {
    const file = await wav(1)
    const failure = await failureOf(client.audio.translations.create({ model: 'whisper-1', file, ...{ stream: true } }))
    expect(failure.message).toContain('not streamed here')
  })

  async function form(model: string): Promise<RequestInit> {
    const body = new FormData()
    body.set('model', model)
    body.set('stream', 'true')
    body.set('file', new File([new Uint8Array(silentWav(88_200))], 'a.wav'))
    return { method: 'POST', headers: { authorization: `Bearer ${gateway.client.key}` }, body }
  }
})

describe('pictures on the way', () => {
  test('pass as they come, each held for and booked', async () => {
    const { data, response } = await draw('uma catraca')
    const { events, error } = await read(data)
    expect(error).toBeUndefined()
    expect(events.map(({ type }) => type)).toEqual([
      'image_generation.partial_image',
      'image_generation.partial_image',
      'image_generation.completed',
    ])
    const end = events.at(-1)
    if (end?.type !== 'image_generation.completed') throw new Error('no end')
    expect(end.usage.output_tokens).toBe(272 + 200)
    const row = await expectRow(gateway, callIdOf(response), {
      apiType: 'image',
      nanoUsd: BigInt(end.usage.input_tokens) * 10_000n + 472n * 40_000n,
      units: 1,
    })
    expect(oracleUnits(gateway, row)).toBe(1)
    expect(gateway.emulator.requests().at(-1)?.body).toMatchObject({ stream: true, partial_images: 2 })
  })

  test('none on the way, and edits, from a form', async () => {
    const whole = await draw('uma catraca', 0)
    expect((await read(whole.data)).events.map(({ type }) => type)).toEqual(['image_generation.completed'])
    const image = await toFile(Buffer.alloc(64, 1), 'antes.png', { type: 'image/png' })
    const { data, response } = await client.images
      .edit({ model: 'gpt-image-1', image, prompt: 'sem fundo', stream: true, partial_images: 1 })
      .withResponse()
    const { events } = await read(data)
    expect(events.map(({ type }) => type)).toEqual(['image_edit.partial_image', 'image_edit.completed'])
    const end = events.at(-1)
    if (end?.type !== 'image_edit.completed') throw new Error('no end')
    await expectRow(gateway, callIdOf(response), {
      apiType: 'image',
      nanoUsd: BigInt(end.usage.input_tokens) * 10_000n + 372n * 40_000n,
      units: 1,
    })
  })

  test.each(['cut=1', 'end=2', 'error=1'])('one that breaks off (%s) is charged as held: it may be billed whole', async (fault) => {
    const prompt = `[[emulate ${fault}]]`
    const { data, response } = await draw(prompt)
    const { events, error } = await read(data)
    expect(types(events)).toEqual(['image_generation.partial_image'])
    expect(error).toBeDefined()
    await expectRow(gateway, callIdOf(response), {
      apiType: 'image',
      nanoUsd: BigInt(Math.ceil((128 + prompt.length) / 3)) * 10_000n + BigInt(6_240 + 200) * 40_000n,
      units: 1,
      status: 'estimated',
      flags: ['usage_missing'],
    })
  })

  test('a picture without a word on its usage is charged as held, streamed or not', async () => {
    const prompt = '[[emulate usage=none]]'
    const cost = (held: number) => BigInt(Math.ceil((128 + prompt.length) / 3)) * 10_000n + BigInt(held) * 40_000n
    const streamed = await draw(prompt, 1)
    await read(streamed.data)
    const whole = await client.images.generate({ model: 'gpt-image-1', prompt, quality: 'low', n: 2 }).withResponse()
    const missing = { apiType: 'image', status: 'estimated', flags: ['usage_missing'] }
    await expectRow(gateway, callIdOf(streamed.response), { ...missing, nanoUsd: cost(6_340), units: 1 })
    await expectRow(gateway, callIdOf(whole.response), { ...missing, nanoUsd: cost(408 * 2), units: 2 })
  })

  test('what cannot be bounded, or said to a model that draws in a chat, is refused in words', async () => {
    const many = await failureOf(client.images.generate({ model: 'gpt-image-1', prompt: 'a', n: 2, stream: true }))
    expect(many.error).toMatchObject({ param: 'n' })
    const partial = await failureOf(client.images.generate({ model: 'gpt-image-1', prompt: 'a', stream: true, partial_images: 4 }))
    expect(partial.error).toMatchObject({ param: 'partial_images' })
    const drawn = await failureOf(client.images.generate({ model: 'google/gemini-2.5-flash-image', prompt: 'a', stream: true }))
    expect(drawn.message).toContain('stream cannot be said to a model that draws in a chat')
  })
})
