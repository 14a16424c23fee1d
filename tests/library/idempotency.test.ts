import { randomUUID } from 'node:crypto'
import { tool } from 'ai'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import type { AiCallArguments } from '../../src/index.ts'
import { expectBooksClosed } from '../wire/_support/settled.ts'
import { startTestLibrary, type TestLibrary } from './_support/library.ts'

let library: TestLibrary
beforeAll(async () => {
  library = await startTestLibrary()
})
afterAll(() => library.closeAll())
afterEach(() => expectBooksClosed(library.gateway))

let labels = 0

function prepare(text: string, more: Partial<AiCallArguments> = {}) {
  labels += 1
  const label = `lib-${labels}`
  const call: AiCallArguments = {
    clientId: library.gateway.client.id,
    model: 'openai/gpt-4o-mini',
    fallbackModels: [],
    messages: [{ role: 'user', content: `${text} [[call ${label}]]` }],
    idempotencyKey: randomUUID(),
    ...more,
  }
  return { call, served: () => library.gateway.emulator.served().filter((one) => one.call === label).length }
}

async function rows(): Promise<number> {
  return (await library.gateway.database.query('select 1 from gateway_usage_logs')).length
}

test('callAI with a key is one call and one result, however often and at once', async () => {
  const { call, served } = prepare('reply with 8 words')
  const before = await rows()
  const results = await Promise.all(Array.from({ length: 10 }, () => library.callAI(call)))
  const first = JSON.parse(JSON.stringify(results.find(({ wasReplayed }) => !wasReplayed)))
  expect(results.filter(({ wasReplayed }) => wasReplayed)).toHaveLength(9)
  for (const result of [...results, await library.callAI(call)]) expect({ ...result, wasReplayed: undefined }).toEqual(first)
  expect(served()).toBe(1)
  await expect.poll(rows).toBe(before + 1)
  await expect(library.callAI({ ...call, temperature: 1 })).rejects.toMatchObject({ code: 'idempotency_key_reused', httpStatus: 409 })
  await expect(library.callAI({ ...call, idempotencyKey: 'two words' })).rejects.toMatchObject({ code: 'invalid_body' })
  await expect(library.streamAI(call)).rejects.toMatchObject({ code: 'invalid_body', details: { param: 'idempotencyKey' } })
})

test('a run with tools is one: its rounds and its tools are not repeated', async () => {
  let executed = 0
  const clock = tool({
    description: 'The time',
    inputSchema: z.object({}),
    execute: async () => {
      executed += 1
      return '12:00'
    },
  })
  const { call } = prepare('Por favor, use tool clock', { tools: { clock }, maxSteps: 3 })
  const before = await rows()
  const first = await library.callAI(call)
  const made = await rows()
  const ran = executed
  expect([made - before, ran]).toEqual([2, 1])
  expect(await library.callAI(call)).toMatchObject({ callId: first.callId, cost: first.cost, wasReplayed: true })
  expect([await rows(), executed]).toEqual([made, ran])
})

test('a run that took nothing may be made again, one that was billed and failed may not', async () => {
  const { call, served } = prepare('reply with 8 words', { clientId: (await library.gateway.addClient({ enabled: false })).id })
  await expect(library.callAI(call)).rejects.toMatchObject({ code: 'gateway_disabled' })
  await library.gateway.database.query('update clients set use_ai_gateway = true where id = $1', [call.clientId])
  await expect.poll(async () => (await library.callAI(call).catch(() => undefined))?.text.split(' ').length).toBe(8)
  expect(served()).toBe(1)

  const broken = prepare('reply with 8 words [[emulate garbage]]')
  await expect(library.callAI(broken.call)).rejects.toMatchObject({ code: 'malformed_response' })
  await expect(library.callAI(broken.call)).rejects.toMatchObject({
    code: 'idempotency_answer_not_kept',
    message: expect.stringContaining('UpstreamBrokenError'),
  })
  expect(broken.served()).toBe(1)
})

test('what was aborted is read to its end, and not made again', async () => {
  const { call, served } = prepare('reply with 8 words [[emulate delay=200]]')
  const gone = new AbortController()
  const first = library.callAI({ ...call, abortSignal: gone.signal })
  await expect.poll(served, { interval: 5 }).toBe(1)
  gone.abort()
  await expect(first).rejects.toThrow('aborted')
  await expect(library.callAI(call)).rejects.toMatchObject({ code: 'idempotency_answer_not_kept' })
  expect(served()).toBe(1)
})
