import { tool } from 'ai'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import type { AiCallArguments } from '../../src/index.ts'
import { expectBooksClosed, settled } from '../wire/_support/settled.ts'
import { startTestLibrary, type TestLibrary } from './_support/library.ts'

let library: TestLibrary
beforeAll(async () => {
  library = await startTestLibrary()
  await library.gateway.database.query('update shared_gateway_config set cache_enabled = true')
})
afterAll(() => library.closeAll())
afterEach(() => expectBooksClosed(library.gateway))

let labels = 0

function prepare(text: string, more: Partial<AiCallArguments> = {}) {
  labels += 1
  const label = `cached-${labels}`
  const call: AiCallArguments = {
    clientId: library.gateway.client.id,
    model: 'openai/gpt-4o-mini',
    fallbackModels: [],
    messages: [{ role: 'user', content: `${text} [[call ${label}]]` }],
    ...more,
  }
  return { call, served: () => library.gateway.emulator.served().filter((one) => one.call === label).length }
}

test('callAI gives an answer again, at no cost and with a row of its own', async () => {
  const { call, served } = prepare('reply with 8 words')
  const first = await library.callAI(call)
  expect(first.wasCached).toBe(false)
  const again = await library.callAI(call)
  expect(again).toMatchObject({ text: first.text, finishReason: 'stop', wasCached: true, model: first.model, provider: first.provider })
  expect(again).toMatchObject({ cost: { usd: '0' }, usage: { totalTokens: 0 } })
  expect(await settled(library.gateway, again.callId)).toMatchObject({ was_cached: true, source: 'library', total_tokens: 0n })
  expect((await library.callAI({ ...call, temperature: 0.9 })).wasCached).toBe(false)
  expect((await library.callAI({ ...call, clientId: (await library.gateway.addClient()).id })).wasCached).toBe(false)
  expect(served()).toBe(3)
})

test('each round of a run with tools is answered again, and the tools themselves run', async () => {
  let runs = 0
  const weather = tool({
    description: 'The weather',
    inputSchema: z.object({ city: z.string() }),
    execute: () => {
      runs += 1
      return { degrees: 21 }
    },
  })
  const { call, served } = prepare('use tool weather', { tools: { weather }, maxSteps: 3 })
  const first = await library.callAI(call)
  const again = await library.callAI(call)
  expect([again.text, again.wasCached, runs]).toEqual([first.text, true, 2])
  expect(served()).toBe(2)
})

test('streamAI gives the same pieces again', async () => {
  const { call, served } = prepare('reply with 12 words')
  const read = async () => {
    const { textStream, account } = await library.streamAI(call)
    const pieces: string[] = []
    for await (const piece of textStream) pieces.push(piece)
    return { pieces, wasCached: (await account).wasCached }
  }
  const first = await read()
  expect(first.pieces.length).toBeGreaterThan(3)
  expect(await read()).toEqual({ pieces: first.pieces, wasCached: true })
  expect(served()).toBe(1)
})
