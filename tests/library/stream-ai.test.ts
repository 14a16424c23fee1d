import { tool } from 'ai'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { setRoute } from '../../src/routing/index.ts'
import { expectBooksClosed, expectExact, nano, oracleOf, setShared, settled } from '../wire/_support/settled.ts'
import { startTestLibrary, type TestLibrary } from './_support/library.ts'

let library: TestLibrary
beforeAll(async () => {
  library = await startTestLibrary({ keys: ['gateway', 'openai', 'groq', 'anthropic', 'google'] })
  await setShared(library.gateway, { chain: [] })
})
afterAll(() => library.closeAll())
afterEach(() => expectBooksClosed(library.gateway))

function ask(content: string, model = 'openai/gpt-4o-mini') {
  return { clientId: library.gateway.client.id, model, messages: [{ role: 'user' as const, content }] }
}

async function textOf(stream: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const piece of stream) text += piece
  return text
}

function lastServed() {
  return library.gateway.emulator.served().at(-1)
}

describe.each([
  ['openai/gpt-4o-mini', 'direct'],
  ['groq/llama-3.3-70b-versatile', 'direct'],
  ['google/gemini-2.5-flash', 'direct'],
  ['anthropic/claude-sonnet-4-5', 'direct'],
  ['openai/gpt-4o-mini', 'vercel'],
  ['anthropic/claude-sonnet-4-5', 'vercel'],
] as const)('%s %s', (model, route) => {
  beforeAll(() => setShared(library.gateway, { route }))

  test('is a real stream: the first piece is here while the provider still writes', async () => {
    const { textStream, account } = await library.streamAI(ask('reply with 12 words [[emulate gap=20]]', model))
    let outcome: string | undefined
    let text = ''
    for await (const piece of textStream) {
      outcome ??= lastServed()?.outcome
      text += piece
    }
    expect(outcome).toBe('open')
    expect(text).toBe('uma ação não é só coração 🎟️ à mão três uma ação')
    const taken = await account
    const row = await settled(library.gateway, taken.callId)
    expect(row).toMatchObject({ status: 'ok', source: 'library', via: route })
    expect(taken).toMatchObject({ provider: model.split('/')[0], wasFallback: false, requestId: row.request_id })
    expect(taken.usage.totalTokens).toBe(Number(row.total_tokens))
    expect(nano(taken.cost.usd)).toBe(nano(row.cost_usd))
    await expectExact(library.gateway, row)
  })

  test('that breaks ends the text with a GatewayError, after what had come', async () => {
    const { textStream, account } = await library.streamAI(ask('reply with 9 words [[emulate reasoning=0 cut=4]]', model))
    const pieces: string[] = []
    const failure = await (async () => {
      for await (const piece of textStream) pieces.push(piece)
    })().catch((error: unknown) => error)
    expect(pieces.join('')).toMatch(/^uma ação/)
    expect(failure).toBeInstanceOf(library.UpstreamBrokenError)
    await expect(account).rejects.toBe(failure)
  })

  test('that is left early is drained, and booked as cancelled with its real usage', async () => {
    const { textStream, account } = await library.streamAI(ask('reply with 30 words [[emulate gap=5]]', model))
    for await (const piece of textStream) if (piece) break
    const row = await settled(library.gateway, (await account).callId)
    expect(row.status).toBe('cancelled')
    expect(oracleOf(library.gateway, row).outcome).toBe('finished')
    await expectExact(library.gateway, row)
  })
})

test('an abort ends the text at once, and the account still tells what it took', async () => {
  await setShared(library.gateway, { route: 'direct' })
  const gone = new AbortController()
  const { textStream, account } = await library.streamAI({
    ...ask('reply with 30 words [[call aborted]] [[emulate gap=10]]'),
    abortSignal: gone.signal,
  })
  const reading = textOf(textStream).catch((error: unknown) => error)
  const served = () => library.gateway.emulator.served().find((call) => call.call === 'aborted')
  await expect.poll(() => (served()?.outputTokensServed ?? 0) > 3, { interval: 5 }).toBe(true)
  gone.abort()
  await reading
  expect(served()?.outcome).toBe('open')
  const row = await settled(library.gateway, (await account).callId)
  expect(row.status).toBe('cancelled')
  await expectExact(library.gateway, row)
})

test('a refusal ends the text with its error, and the account too', async () => {
  const client = await library.gateway.addClient()
  await library.gateway.database.query(
    `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit) values ($1, 'tokens', 1, 'daily', true)`,
    [client.id],
  )
  const { textStream, account } = await library.streamAI({ ...ask('Oi'), clientId: client.id })
  await expect(textOf(textStream)).rejects.toBeInstanceOf(library.BudgetExceededError)
  await expect(account).rejects.toBeInstanceOf(library.BudgetExceededError)
  await expect(library.streamAI({ ...ask('Oi'), clientId: 'nobody' })).rejects.toBeInstanceOf(library.InvalidRequestError)
})

test('tools run within the stream, one row a step, and the AI SDK’s own result is at hand', async () => {
  const conversationId = crypto.randomUUID()
  const { result, account } = await library.streamAI({
    ...ask('Por favor, use tool clima'),
    conversationId,
    maxSteps: 2,
    tools: { clima: tool({ inputSchema: z.object({ cidade: z.string() }), execute: async () => ({ graus: 31 }) }) },
  })
  expect(await result.text).toContain('"graus":31')
  const { usage } = await account
  const rows = await library.gateway.database.query<{ total_tokens: bigint }>(
    'select total_tokens from gateway_usage_logs where conversation_id = $1',
    [conversationId],
  )
  expect(rows).toHaveLength(2)
  expect(rows.reduce((sum, row) => sum + Number(row.total_tokens), 0)).toBe(usage.totalTokens)
})

test('a reader who is slow holds the provider back rather than memory', async () => {
  const { textStream, account } = await library.streamAI(ask('reply with 50000 words'))
  let read = 0
  for await (const piece of textStream) {
    read += piece.trim() === '' ? 0 : 1
    if (read === 1) {
      // Unread, the answer fills the buffers on the way and stops there.
      let before = -1
      while (before !== lastServed()?.outputTokensServed) {
        before = lastServed()?.outputTokensServed ?? 0
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      expect(lastServed()?.outcome).toBe('open')
    }
  }
  expect((await account).usage.completionTokens).toBe(50_000)
})

test('an alias, and a second attempt for a slow first word', async () => {
  const targets = [{ model: 'openai/gpt-4o-mini' }, { model: 'groq/llama-3.3-70b-versatile' }]
  await setRoute(library.gateway.database, undefined, 'conversa', { targets, hedgeAfterMs: 150 })
  const { libraryContext } = await import('../../src/library-context.ts')
  const known = async () => (await (await libraryContext()).routes()).find('anybody', 'conversa')
  await vi.waitFor(async () => expect(await known()).toBeDefined())
  const slow = '[[emulate provider=openai first-token=5000]] [[emulate provider=vercel model=openai/gpt-4o-mini first-token=5000]]'
  await setShared(library.gateway, { route: 'direct' })
  const { textStream, account } = await library.streamAI(ask(`reply with 4 words ${slow}`, 'conversa'))
  expect(await textOf(textStream)).toBe('uma ação não é')
  const { callId, provider, fallbackReason } = await account
  expect(provider).toBe('groq')
  expect(fallbackReason).toBe('hedge_lost: openai/gpt-4o-mini via direct had said nothing after 150 ms')
  expect((await settled(library.gateway, callId)).attempts).toHaveLength(2)
})
