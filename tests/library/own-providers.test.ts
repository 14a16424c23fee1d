import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { addOwnProvider } from '../wire/_support/own-provider.ts'
import { expectBooksClosed, settled } from '../wire/_support/settled.ts'
import { startTestLibrary, type TestLibrary } from './_support/library.ts'

const key = 'mst-test-0123456789'

let library: TestLibrary
let mistral: Emulator
beforeAll(async () => {
  mistral = await startEmulator({ keys: [key] })
  library = await startTestLibrary()
  await addOwnProvider(library.gateway, 'mistral', {
    baseUrl: mistral.baseUrls.groq,
    key,
    models: { 'mistral-small': ['0.1', '0.3'] },
  })
  await addOwnProvider(library.gateway, 'by-package', {
    baseUrl: mistral.baseUrls.google,
    key,
    columns: { kind: 'ai-sdk', package: '@ai-sdk/google', export_name: 'createGoogle' },
    models: { 'gemini-2.5-flash': ['0.3', '2.5'] },
  })
})
afterAll(async () => {
  await library.closeAll()
  await mistral.close()
})
afterEach(() => expectBooksClosed(library.gateway))

const ask = (model: string, content: string) => ({
  clientId: library.gateway.client.id,
  model,
  messages: [{ role: 'user' as const, content }],
})

test.each([
  ['mistral/mistral-small', 0.1, 0.3],
  ['by-package/gemini-2.5-flash', 0.3, 2.5],
])('callAI and streamAI by %s', async (model, input, output) => {
  const result = await library.callAI(ask(model, 'reply with 20 words'))
  expect(`${result.provider}/${result.model}`).toBe(model)
  expect(Number(result.cost.usd)).toBeCloseTo((result.usage.promptTokens * input + result.usage.completionTokens * output) / 1e6, 9)

  const { textStream, account } = await library.streamAI(ask(model, 'reply with 20 words'))
  let text = ''
  for await (const piece of textStream) text += piece
  expect(text).toBe(result.text)
  const row = await settled(library.gateway, (await account).callId)
  expect(row).toMatchObject({ provider: result.provider, status: 'ok', output_tokens: BigInt(result.usage.completionTokens) })
  expect(result.usage.completionTokens).toBeGreaterThanOrEqual(20)
})

test('the library’s words hold no key', () => {
  expect(library.lines().join('\n')).not.toContain(key)
})
