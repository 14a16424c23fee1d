import { createAnthropic } from '@ai-sdk/anthropic'
import { createGateway } from '@ai-sdk/gateway'
import { createGoogle } from '@ai-sdk/google'
import { createGroq } from '@ai-sdk/groq'
import { createOpenAI } from '@ai-sdk/openai'
import { APICallError, embedMany, generateText, type LanguageModel, Output, stepCountIs, streamText, tool } from 'ai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Emulator, startEmulator } from './index.ts'

const goodKey = 'sk-test-emulator-ai-sdk'
let emulator: Emulator
beforeAll(async () => {
  emulator = await startEmulator({ keys: [goodKey] })
})
afterAll(() => emulator.close())

type Build = (apiKey: string) => LanguageModel
/** What each model thinks before it answers, which its usage has to tell. */
const demoModels: Record<string, { build: Build; reasoningTokens: number }> = {
  'openai chat': { build: (apiKey) => createOpenAI({ apiKey, baseURL: emulator.baseUrls.openai }).chat('gpt-4o-mini'), reasoningTokens: 0 },
  'openai chat, reasoning': {
    build: (apiKey) => createOpenAI({ apiKey, baseURL: emulator.baseUrls.openai }).chat('gpt-5-mini'),
    reasoningTokens: 16,
  },
  'openai responses': {
    build: (apiKey) => createOpenAI({ apiKey, baseURL: emulator.baseUrls.openai }).responses('gpt-5-mini'),
    reasoningTokens: 16,
  },
  groq: { build: (apiKey) => createGroq({ apiKey, baseURL: emulator.baseUrls.groq })('llama-3.3-70b-versatile'), reasoningTokens: 0 },
  anthropic: {
    build: (apiKey) => createAnthropic({ apiKey, baseURL: emulator.baseUrls.anthropic })('claude-haiku-4-5'),
    reasoningTokens: 0,
  },
  google: { build: (apiKey) => createGoogle({ apiKey, baseURL: emulator.baseUrls.google })('gemini-2.5-flash'), reasoningTokens: 16 },
  gateway: {
    build: (apiKey) => createGateway({ apiKey, baseURL: `${emulator.baseUrls.vercel}/v4/ai` })('openai/gpt-4o-mini'),
    reasoningTokens: 0,
  },
}

const schema = z.object({ city: z.string(), people: z.number().int() })
const tools = {
  weather: tool({ description: 'Weather', inputSchema: z.object({ city: z.string() }), execute: async ({ city }) => `31 °C em ${city}` }),
}

describe.each(Object.entries(demoModels))('%s', (_name, { build, reasoningTokens }) => {
  const lastCall = () => emulator.served().at(-1)

  test('generates text with exact usage', async () => {
    const result = await generateText({ model: build(goodKey), prompt: 'Say "Hello World" in Portuguese.' })
    expect(result.text).toBe('Olá Mundo')
    expect(result.finishReason).toBe('stop')
    expect(result.usage).toMatchObject({ inputTokens: 15, outputTokens: 2 + reasoningTokens })
    expect(result.usage.outputTokenDetails.reasoningTokens ?? 0).toBe(reasoningTokens)
    expect(lastCall()).toMatchObject({ inputTokens: 15, outputTokensServed: 2 + reasoningTokens, outcome: 'finished', streamed: false })
  })

  test('streams text, one word a chunk, with the same usage', async () => {
    const result = streamText({ model: build(goodKey), prompt: 'reply with 9 words [[call stream]]' })
    const pieces = await Array.fromAsync(result.textStream)
    expect(pieces.filter((piece) => piece !== '')).toHaveLength(9)
    expect(pieces.join('').split(' ')).toHaveLength(9)
    expect(await result.usage).toMatchObject({ outputTokens: 9 + reasoningTokens })
    expect(lastCall()).toMatchObject({ call: 'stream', outputTokensServed: 9 + reasoningTokens, outcome: 'finished', streamed: true })
  })

  test('calls a tool and quotes its result, streamed or not', async () => {
    const ask = { model: build(goodKey), tools, prompt: 'use tool weather', stopWhen: stepCountIs(3) }
    const whole = await generateText(ask)
    expect(whole.steps.map((step) => step.finishReason)).toEqual(['tool-calls', 'stop'])
    expect(whole.text).toContain('31 °C em demonstração')
    const streamed = streamText(ask)
    expect(await streamed.text).toContain('31 °C em demonstração')
    expect((await streamed.steps).flatMap((step) => step.toolCalls).map((call) => call.input)).toEqual([{ city: 'demonstração' }])
  })

  test('answers in the shape asked for', async () => {
    const result = await generateText({ model: build(goodKey), prompt: 'Fale de uma cidade.', output: Output.object({ schema }) })
    expect(result.output).toEqual({ city: 'demonstração', people: 1 })
  })

  test('stops at the output limit', async () => {
    const result = await generateText({ model: build(goodKey), prompt: 'reply with 60 words', maxOutputTokens: 20 })
    expect(result.finishReason).toBe('length')
    expect(result.usage.outputTokens).toBe(20)
  })

  test('refuses a key it was not told', async () => {
    const error: unknown = await generateText({ model: build('sk-test-stranger'), prompt: 'oi', maxRetries: 0 }).catch(
      (caught: unknown) => caught,
    )
    // The SDK wraps the gateway's refusal in an error of its own, which has no status.
    const status = APICallError.isInstance(error) ? error.statusCode : (error as Error).name
    expect([401, 'GatewayAuthenticationError']).toContain(status)
    expect(emulator.counts().unauthorized).toBeGreaterThan(0)
  })

  test('reports an error inside a stream', async () => {
    const errors: unknown[] = []
    const result = streamText({
      model: build(goodKey),
      prompt: '[[emulate error=2]] reply with 5 words',
      maxRetries: 0,
      onError: ({ error }) => void errors.push(error),
    })
    await result.consumeStream()
    expect(errors).toHaveLength(1)
    expect(lastCall()).toMatchObject({ outcome: 'cut' })
  })
})

test('a retryable status is retried by the SDK, and each try is on the record', async () => {
  const model = createOpenAI({ apiKey: goodKey, baseURL: emulator.baseUrls.openai }).chat('gpt-4o-mini')
  const result = await generateText({ model, prompt: '[[call retried]] [[emulate status=503 retry-after=0 times=1]] oi', maxRetries: 1 })
  expect(result.text).toContain('oi')
  expect(
    emulator
      .served()
      .filter((call) => call.call === 'retried')
      .map((call) => call.status),
  ).toEqual([503, 200])
  const failure: unknown = await generateText({ model, prompt: '[[emulate status=400]] oi' }).catch((error: unknown) => error)
  expect(APICallError.isInstance(failure) && failure.isRetryable).toBe(false)
})

test('embeddings of OpenAI, Google and the gateway', async () => {
  const providers = [
    createOpenAI({ apiKey: goodKey, baseURL: emulator.baseUrls.openai }).embeddingModel('text-embedding-3-small'),
    createGoogle({ apiKey: goodKey, baseURL: emulator.baseUrls.google }).embeddingModel('gemini-embedding-001'),
    createGateway({ apiKey: goodKey, baseURL: `${emulator.baseUrls.vercel}/v4/ai` }).embeddingModel('openai/text-embedding-3-small'),
  ]
  for (const model of providers) {
    const { embeddings } = await embedMany({ model, values: ['olá mundo', 'outra coisa', 'olá mundo'] })
    expect(embeddings[0]).toEqual(embeddings[2])
    expect(embeddings[0]).not.toEqual(embeddings[1])
    expect(Math.hypot(...(embeddings[0] ?? []))).toBeCloseTo(1, 4)
  }
})

test("the gateway's own key, generations and models", async () => {
  const gateway = createGateway({ apiKey: goodKey, baseURL: `${emulator.baseUrls.vercel}/v4/ai` })
  const ask = (apiKey: string) =>
    generateText({ model: gateway('openai/gpt-4o-mini'), prompt: 'oi', providerOptions: { gateway: { byok: { openai: [{ apiKey }] } } } })
  const own = (await ask(goodKey)).providerMetadata?.gateway
  expect(own).toMatchObject({ cost: '0', routing: { finalProvider: 'openai', attempts: [{ credentialType: 'byok', success: true }] } })
  const fallen = (await ask('sk-test-unknown')).providerMetadata?.gateway
  expect(fallen).toMatchObject({
    routing: {
      attempts: [
        { credentialType: 'byok', success: false, error: 'Unauthorized' },
        { credentialType: 'system', success: true },
      ],
    },
  })
  expect(Number(fallen?.cost)).toBeGreaterThan(0)
  const info = await gateway.getGenerationInfo({ id: String(own?.generationId) })
  expect(info).toMatchObject({ isByok: true, totalCost: 0, promptTokens: 8 })
  expect((await gateway.getAvailableModels()).models.map((model) => model.id)).toContain('openai/gpt-4o-mini')
  expect(await gateway.getCredits()).toHaveProperty('balance')
})
