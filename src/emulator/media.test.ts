import OpenAI, { toFile } from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Emulator, silentWav, startEmulator } from './index.ts'

const goodKey = 'sk-test-emulator-media'
let emulator: Emulator
let client: OpenAI
let groq: OpenAI
beforeAll(async () => {
  emulator = await startEmulator({ keys: [goodKey] })
  client = new OpenAI({ apiKey: goodKey, baseURL: emulator.baseUrls.openai, maxRetries: 0 })
  groq = new OpenAI({ apiKey: goodKey, baseURL: emulator.baseUrls.groq, maxRetries: 0 })
})
afterAll(() => emulator.close())

test("a transcription knows a WAV's length, and tells it as each model does", async () => {
  const file = () => toFile(silentWav(44_100 * 3), 'fala.wav')
  const verbose = await client.audio.transcriptions.create({ model: 'whisper-1', file: await file(), response_format: 'verbose_json' })
  expect(verbose).toMatchObject({ duration: 3, text: 'Olá, esta é uma demonstração da catraca.', usage: { type: 'duration', seconds: 3 } })
  const tokens = await client.audio.transcriptions.create({ model: 'gpt-4o-transcribe', file: await file() })
  expect(tokens.usage).toMatchObject({ type: 'tokens', input_tokens: 30 })
  const onGroq = await groq.audio.transcriptions.create({ model: 'whisper-large-v3-turbo', file: await file() })
  expect(onGroq).toMatchObject({ x_groq: { id: emulator.served().at(-1)?.requestId } })
  expect(onGroq).not.toHaveProperty('usage')
  expect(emulator.served().at(-1)).toMatchObject({ audioSeconds: 3, provider: 'groq' })
})

test('speech is sound, by the character', async () => {
  const response = await client.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: 'Olá, coração 🎟️' })
  expect(response.headers.get('content-type')).toBe('audio/mpeg')
  expect(Buffer.from(await response.arrayBuffer()).readUInt16BE(0)).toBe(0xfffb)
  expect(emulator.served().at(-1)).toMatchObject({ characters: 15 })
})

test('pictures come by the piece', async () => {
  const { data, usage } = await client.images.generate({ model: 'gpt-image-1', prompt: 'uma catraca', n: 2 })
  expect(data).toHaveLength(2)
  expect(Buffer.from(data?.[0]?.b64_json ?? '', 'base64').toString('latin1', 1, 4)).toBe('PNG')
  expect(usage).toMatchObject({ output_tokens: 544 })
  expect(emulator.served().at(-1)).toMatchObject({ images: 2 })
})

test('embeddings of texts that share most of their letters are near, whatever their case, signs and directives', async () => {
  const input = [
    'Qual é o horário da loja?',
    'qual é o HORÁRIO da loja [[call x]]',
    'Quais são os horários da loja?',
    'Reply with 20 words',
    '🎉',
    '',
  ]
  const { data } = await client.embeddings.create({ model: 'text-embedding-3-small', input, encoding_format: 'float' })
  const [first = [], ...others] = data.map(({ embedding }) => embedding)
  const nearness = others.map((vector) => vector.reduce((sum, value, at) => sum + value * (first[at] ?? 0), 0))
  expect(nearness[0]).toBeCloseTo(1, 5)
  expect(nearness[1]).toBeGreaterThan(0.5)
  expect(nearness[1]).toBeLessThan(0.95)
  for (const far of nearness.slice(2)) expect(Math.abs(far)).toBeLessThan(0.2)
})

test('embeddings are the same for the same text, as base64 or as numbers', async () => {
  const ask = { model: 'text-embedding-3-small', input: ['olá', 'mundo'], dimensions: 8 }
  const decoded = await client.embeddings.create(ask)
  const numbers = await client.embeddings.create({ ...ask, encoding_format: 'float' })
  expect(decoded.data[0]?.embedding).toEqual(numbers.data[0]?.embedding)
  expect(decoded.usage).toEqual({ prompt_tokens: 3, total_tokens: 3 })
})

test('faults reach these routes as well', async () => {
  const refused = client.embeddings.create({ model: 'text-embedding-3-small', input: '[[emulate status=500]]' })
  await expect(refused).rejects.toMatchObject({ status: 500 })
})
