import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { silentWav } from '../../src/emulator/index.ts'
import { expectRow, oracleUnits } from '../wire/_support/kind-rows.ts'
import { untilRateIsKnown } from '../wire/_support/settled.ts'
import { startTestLibrary, type TestLibrary } from './_support/library.ts'

let library: TestLibrary
let clientId: string
beforeAll(async () => {
  library = await startTestLibrary()
  clientId = library.gateway.client.id
  await untilRateIsKnown(library.gateway)
})
afterAll(() => library.closeAll())

test('embedAI: vectors in order, priced by tokens', async () => {
  const result = await library.embedAI({ clientId, model: 'openai/text-embedding-3-small', values: ['Oi', 'Olá'], dimensions: 4 })
  expect(result.embeddings.map((vector) => vector.length)).toEqual([4, 4])
  expect(result).toMatchObject({ provider: 'openai', model: 'text-embedding-3-small', wasFallback: false })
  const row = await expectRow(library.gateway, result.callId, { apiType: 'embeddings', nanoUsd: BigInt(result.usage.promptTokens) * 20n })
  expect({ source: row.source, request: row.request_id }).toEqual({ source: 'library', request: result.requestId })
})

test('transcribeAI: by the second, with the format that the bytes tell', async () => {
  const audio = silentWav(44_100 * 12)
  const result = await library.transcribeAI({ clientId, model: 'openai/whisper-1', audio, language: 'pt', phone: '5511999990000' })
  expect(result.text).toContain('catraca')
  const row = await expectRow(library.gateway, result.callId, { apiType: 'transcription', nanoUsd: 1_200_000n, units: 12 })
  expect(oracleUnits(library.gateway, row)).toBe(12)
  expect(row.phone).toBe('5511999990000')
})

test('speakAI: by the character', async () => {
  const result = await library.speakAI({ clientId, model: 'openai/tts-1-hd', text: 'Bom dia!' })
  expect({ type: result.mediaType, begins: [...result.audio.slice(0, 2)] }).toEqual({ type: 'audio/mpeg', begins: [0xff, 0xfb] })
  await expectRow(library.gateway, result.callId, { apiType: 'speech', nanoUsd: 240_000n, units: 8 })
})

test('generateImageAI: by the tokens of its pictures', async () => {
  const result = await library.generateImageAI({ clientId, model: 'openai/gpt-image-1', prompt: 'uma catraca', n: 2, quality: 'low' })
  expect(result.images.map(({ base64 }) => base64?.slice(0, 4))).toEqual(['iVBO', 'iVBO'])
  const { promptTokens, completionTokens } = result.usage
  const nanoUsd = BigInt(promptTokens) * 10_000n + BigInt(completionTokens) * 40_000n
  await expectRow(library.gateway, result.callId, { apiType: 'image', nanoUsd, units: 2 })
})

test('generateObjectAI: an object by its schema', async () => {
  const schema = z.object({ cidade: z.string(), habitantes: z.number() })
  const { object, callId } = await library.generateObjectAI({ clientId, messages: [{ role: 'user', content: 'Uma cidade.' }], schema })
  expect(typeof object.cidade).toBe('string')
  expect(schema.parse(object)).toEqual(object)
  expect(callId).toMatch(/^[\da-f-]{36}$/)
})

test('refusals and failures are GatewayErrors, and an abort does not wait', async () => {
  const model = 'openai/tts-1'
  await expect(library.speakAI({ clientId, model: 'openai/gpt-4o-mini', text: 'a' })).rejects.toMatchObject({ code: 'unknown_model' })
  await expect(library.speakAI({ clientId, model, text: '' })).rejects.toMatchObject({ code: 'invalid_body' })
  await expect(library.speakAI({ clientId, model, text: '[[emulate status=429]]' })).rejects.toMatchObject({
    code: 'upstream_rate_limited',
  })
  const leaving = new AbortController()
  const call = library.speakAI({ clientId, model, text: '[[emulate delay=300]] oi', abortSignal: leaving.signal })
  setTimeout(() => leaving.abort(new Error('enough')), 100)
  await expect(call).rejects.toThrow('enough')
})

test('a fallback of the same kind answers', async () => {
  const stop = library.gateway.emulator.inject({ match: { provider: 'openai' }, status: 503 })
  const result = await library.transcribeAI({
    clientId,
    model: 'openai/whisper-1',
    audio: silentWav(44_100 * 20),
    fallbackModels: ['groq/whisper-large-v3'],
  })
  stop()
  expect(result).toMatchObject({ provider: 'groq', wasFallback: true })
  // $0.00185 a minute.
  await expectRow(library.gateway, result.callId, { apiType: 'transcription', nanoUsd: 616_667n, units: 20 })
})
