import { existsSync } from 'node:fs'
import { tool } from 'ai'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { AiResult, AiStream } from '../../src/index.ts'
import { expectBooksClosed, expectExact, nano, setShared, settled, type UsageRow } from '../wire/_support/settled.ts'
import { startTestLibrary, type TestLibrary } from './_support/library.ts'

let library: TestLibrary
beforeAll(async () => {
  library = await startTestLibrary({ keys: ['gateway', 'openai', 'groq', 'anthropic', 'google'] })
  await setShared(library.gateway, { route: 'direct' })
})
afterAll(() => library.closeAll())
afterEach(() => expectBooksClosed(library.gateway))

/** What is in the database at this very moment. */
async function rowsNow(where: string, value: unknown): Promise<UsageRow[]> {
  return await library.gateway.database.query<UsageRow>(`select * from gateway_usage_logs where ${where} = $1 order by created_at`, [value])
}

async function readAll({ textStream, account }: AiStream): Promise<void> {
  for await (const piece of textStream) expect(piece).not.toBe('')
  await account
}

async function addBudget(clientId: string, type: string, limit: number): Promise<void> {
  await library.gateway.database.query(
    `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit) values ($1, $2, $3, 'daily', true)`,
    [clientId, type, limit],
  )
}

describe('the guide’s call', () => {
  test('takes the guide’s arguments and gives the guide’s result, and its row is there when it resolves', async () => {
    const clientId = library.gateway.client.id
    const result = await library.callAI({
      clientId,
      clientConfig: { id: clientId, name: 'Test Client', slug: 'test', primaryModelProvider: 'openai', openaiModel: 'gpt-4o-mini' },
      messages: [
        { role: 'system', content: 'You are a helpful assistant.' },
        { role: 'user', content: 'Say "Hello World" in Portuguese.' },
      ],
    })
    // No waiting here: a serverless function may be frozen the moment it has its answer.
    const [row] = await rowsNow('call_id', result.callId)
    expect(result).toEqual({
      text: 'Olá Mundo',
      model: 'gpt-4o-mini',
      provider: 'openai',
      wasCached: false,
      latencyMs: expect.any(Number),
      usage: { promptTokens: 26, completionTokens: 2, totalTokens: 28 },
      cost: { usd: expect.any(String), brl: expect.any(String) },
      wasFallback: false,
      fallbackReason: undefined,
      toolCalls: [],
      responseMessages: [],
      finishReason: 'stop',
      requestId: row?.request_id ?? undefined,
      callId: row?.call_id ?? '',
      object: undefined,
    } satisfies AiResult)
    expect(row).toMatchObject({ source: 'library', status: 'ok', client_id: clientId, total_tokens: 28n })
    expect(nano(result.cost.usd)).toBe(nano(row?.cost_usd ?? ''))
    expect(nano(result.cost.brl ?? '')).toBe(nano(row?.cost_brl ?? ''))
    await expectExact(library.gateway, row as UsageRow)
  })

  test('writes nothing to a disk that a function does not have', () => {
    expect(existsSync(library.dataDir)).toBe(false)
  })

  test('says on the console what the guide says it says', async () => {
    const { usage } = await library.callAI({ clientId: library.gateway.client.id, messages: [{ role: 'user', content: 'Oi' }] })
    const lines = library.lines()
    expect(lines).toContain('[AI Gateway] Routing request through AI Gateway')
    expect(lines).toContain('[AI Gateway] Using cached shared config')
    expect(lines.at(-1)).toMatch(new RegExp(`^\\[Usage Tracking\\] Logged usage: ${usage.totalTokens} tokens, R\\$ \\d+\\.\\d{4,}$`))
    expect(lines.join('\n')).not.toMatch(/sk-test|vck_test|gsk_test|AIza|ctk_/)
  })
})

describe('models that only the Responses API serves', () => {
  const ask = (route: string) => ({
    clientId: library.gateway.client.id,
    model: 'openai/gpt-5-codex',
    messages: [{ role: 'user' as const, content: `Say "Hello World" in Portuguese. ${route}` }],
  })

  test.each(['direct', 'vercel'] as const)('are called by it (%s), and asked to keep nothing', async (route) => {
    await setShared(library.gateway, { route })
    const result = await library.callAI(ask(route))
    expect(result.text).toBe('Olá Mundo')
    const sent = library.gateway.emulator.requests().at(-1)
    expect(sent?.path).toBe(route === 'direct' ? '/openai/v1/responses' : '/vercel/v4/ai/language-model')
    expect(JSON.stringify(sent?.body)).toContain('"store":false')
    await expectExact(library.gateway, await settled(library.gateway, result.callId))
    await readAll(await library.streamAI(ask(route)))
    await setShared(library.gateway, { route: 'direct' })
  })

  test('refuse a stop sequence, which they would not obey', async () => {
    const before = library.gateway.emulator.counts().received
    await expect(library.callAI({ ...ask('direct'), stopSequences: ['fim'] })).rejects.toMatchObject({ details: { param: 'stop' } })
    expect(library.gateway.emulator.counts().received).toBe(before)
  })
})

describe('settings arrive at the provider', () => {
  const settings = {
    temperature: 0.3,
    maxTokens: 77,
    topP: 0.8,
    topK: 5,
    frequencyPenalty: 0.1,
    presencePenalty: 0.2,
    seed: 42,
    stopSequences: ['fim'],
  }
  const inOpenai = { temperature: 0.3, max_tokens: 77, top_p: 0.8, frequency_penalty: 0.1, presence_penalty: 0.2, seed: 42, stop: ['fim'] }
  const inVercel = {
    temperature: 0.3,
    maxOutputTokens: 77,
    topP: 0.8,
    topK: 5,
    frequencyPenalty: 0.1,
    presencePenalty: 0.2,
    seed: 42,
    stopSequences: ['fim'],
  }
  test.each([
    ['openai/gpt-4o-mini', 'direct', inOpenai],
    ['groq/llama-3.3-70b-versatile', 'direct', inOpenai],
    // Anthropic takes temperature or top_p, and knows no penalties and no seed.
    ['anthropic/claude-sonnet-4-5', 'direct', { temperature: 0.3, max_tokens: 77, top_k: 5, stop_sequences: ['fim'] }],
    // Google's newer models know no penalties.
    [
      'google/gemini-2.5-flash',
      'direct',
      {
        generationConfig: {
          temperature: 0.3,
          maxOutputTokens: 77,
          topP: 0.8,
          topK: 5,
          seed: 42,
          stopSequences: ['fim'],
        },
      },
    ],
    ['openai/gpt-4o-mini', 'vercel', inVercel],
    ['anthropic/claude-sonnet-4-5', 'vercel', inVercel],
  ] as const)('%s %s', async (model, route, expected) => {
    await setShared(library.gateway, { route })
    for (const way of ['whole', 'streamed']) {
      const call = {
        clientId: library.gateway.client.id,
        model,
        messages: [{ role: 'user' as const, content: 'reply with 3 words' }],
        ...settings,
      }
      if (way === 'whole') await library.callAI(call)
      else await readAll(await library.streamAI(call))
      expect(library.gateway.emulator.requests().at(-1)?.body).toMatchObject(expected)
    }
    await setShared(library.gateway, { route: 'direct' })
  })
})

describe('tools and structure', () => {
  const weather = tool({
    description: 'O tempo numa cidade',
    inputSchema: z.object({ cidade: z.string() }),
    execute: async ({ cidade }) => ({ cidade, graus: 23 }),
  })

  test.each(['openai/gpt-4o-mini', 'anthropic/claude-sonnet-4-5'])(
    '%s: a run over several steps is one row a step, and one account',
    async (model) => {
      const conversationId = crypto.randomUUID()
      const result = await library.callAI({
        clientId: library.gateway.client.id,
        model,
        conversationId,
        phone: '+5511999990000',
        messages: [{ role: 'user', content: 'Por favor, use tool clima' }],
        tools: { clima: weather },
        maxSteps: 3,
      })
      const rows = await rowsNow('conversation_id', conversationId)
      expect(rows).toHaveLength(2)
      expect(result.text).toContain('"graus":23')
      expect(result.finishReason).toBe('stop')
      expect(result.callId).toBe(rows[1]?.call_id)
      expect(result.usage.totalTokens).toBe(rows.reduce((sum, row) => sum + Number(row.total_tokens), 0))
      expect(nano(result.cost.usd)).toBe(rows.reduce((sum, row) => sum + nano(row.cost_usd), 0n))
      for (const row of rows) {
        expect(row.phone).toBe('+5511999990000')
        await expectExact(library.gateway, row)
      }
    },
  )

  test('calls of tools that nobody here executes are handed to the application', async () => {
    const result = await library.callAI({
      clientId: library.gateway.client.id,
      messages: [{ role: 'user', content: 'Oi' }],
      tools: { clima: tool({ inputSchema: z.object({ cidade: z.string() }) }) },
      toolChoice: { type: 'tool', toolName: 'clima' },
    })
    expect(result.finishReason).toBe('tool-calls')
    expect(result.toolCalls).toEqual([{ toolCallId: expect.any(String), toolName: 'clima', input: { cidade: expect.any(String) } }])
  })

  test.each(['openai/gpt-4o-mini', 'groq/llama-3.3-70b-versatile', 'anthropic/claude-sonnet-4-5', 'google/gemini-2.5-flash'])(
    '%s: an answer that fits a schema',
    async (model) => {
      const schema = z.object({ cidade: z.string(), graus: z.number() })
      const result = await library.callAI({
        clientId: library.gateway.client.id,
        model,
        messages: [{ role: 'user', content: 'Como está o tempo?' }],
        schema,
      })
      expect(schema.parse(result.object)).toEqual(result.object)
      const [row] = await rowsNow('call_id', result.callId)
      await expectExact(library.gateway, row as UsageRow)
    },
  )
})

describe('what goes wrong', () => {
  const messages = [{ role: 'user' as const, content: 'Oi' }]

  test('a spent budget rejects with BudgetExceededError, in the client’s language, with the figures', async () => {
    const client = await library.gateway.addClient()
    await addBudget(client.id, 'brl', 0.000001)
    const before = library.gateway.emulator.counts().received
    const failure = await library.callAI({ clientId: client.id, messages }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(library.BudgetExceededError)
    expect(failure).toMatchObject({
      code: 'budget_exceeded',
      httpStatus: 402,
      message: expect.stringMatching(/^O orçamento diário em reais não cobre esta chamada: limite R\$ 0,0000010, usado R\$ 0,0000/),
      details: {
        budget: { type: 'brl', period: 'daily', limit: '0.000001', used: '0', remaining: '0.000001', time_zone: 'America/Sao_Paulo' },
      },
    })
    expect(library.gateway.emulator.counts().received).toBe(before)
  })

  test('a provider’s failure rejects with its own class, and has its row', async () => {
    await setShared(library.gateway, { chain: [] })
    for (const [markers, kind, code, status] of [
      ['status=500', library.UpstreamUnavailableError, 'upstream_overloaded', 'error'],
      ['status=429', library.UpstreamUnavailableError, 'upstream_rate_limited', 'error'],
      ['status=400', library.UpstreamRejectedError, 'upstream_invalid_request', 'error'],
      ['bad-key', library.UpstreamRejectedError, 'upstream_auth', 'error'],
      ['cut=1', library.UpstreamBrokenError, 'stream_cut', 'estimated'],
    ] as const) {
      const phone = crypto.randomUUID()
      const failure = await library
        .callAI({ clientId: library.gateway.client.id, phone, messages: [{ role: 'user', content: `Oi [[emulate ${markers}]]` }] })
        .catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(kind)
      expect(failure).toMatchObject({ code })
      expect(await rowsNow('phone', phone)).toMatchObject([{ status, error_code: code }])
    }
    await setShared(library.gateway, { chain: ['openai/gpt-4o-mini', 'groq/llama-3.3-70b-versatile'] })
  })

  test('a fallback is said in the result', async () => {
    const result = await library.callAI({
      clientId: library.gateway.client.id,
      messages: [{ role: 'user', content: 'Oi [[emulate provider=openai status=503]]' }],
    })
    expect(result).toMatchObject({
      provider: 'groq',
      model: 'llama-3.3-70b-versatile',
      wasFallback: true,
      fallbackReason: 'upstream_overloaded: openai/gpt-4o-mini via direct answered 503',
    })
    const own = await library.callAI({
      clientId: library.gateway.client.id,
      fallbackModels: ['anthropic/claude-sonnet-4-5'],
      messages: [{ role: 'user', content: 'Oi [[emulate provider=openai status=503]]' }],
    })
    expect(own.provider).toBe('anthropic')
  })

  test.each([
    ['a client that does not exist', { clientId: '123e4567-e89b-12d3-a456-426614174000' }, 'not_found'],
    ['a client that cannot be', { clientId: "x' or 1=1 --\u0000" }, 'not_found'],
    ['a client that a request did not name', { clientId: undefined as unknown as string }, 'not_found'],
    ['a model that is not registered', { model: 'openai/gpt-99' }, 'unknown_model'],
    ['a provider that is none of ours', { clientConfig: { id: 'x', primaryModelProvider: 'azure' } }, 'unknown_model'],
    ['a conversation that is no UUID', { conversationId: 'conversa-1' }, 'invalid_body'],
  ])('%s is refused before anything is held', async (_what, changes, code) => {
    const failure = await library.callAI({ clientId: library.gateway.client.id, messages, ...changes }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(library.InvalidRequestError)
    expect(failure).toMatchObject({ code })
  })

  test('whoever aborts does not wait, and the real usage is booked all the same', async () => {
    const phone = crypto.randomUUID()
    const gone = new AbortController()
    const call = library.callAI({
      clientId: library.gateway.client.id,
      phone,
      messages: [{ role: 'user', content: 'reply with 9 words [[emulate delay=1000]]' }],
      abortSignal: gone.signal,
    })
    await expect.poll(() => library.gateway.emulator.counts().open, { interval: 5 }).toBe(1)
    gone.abort()
    await expect(call).rejects.toMatchObject({ name: 'AbortError' })
    // The answer is still to come.
    expect(library.gateway.emulator.counts().open).toBe(1)
    await expect.poll(async () => (await rowsNow('phone', phone)).length, { timeout: 15_000, interval: 5 }).toBe(1)
    const [row] = await rowsNow('phone', phone)
    expect(row?.status).toBe('cancelled')
    await expectExact(library.gateway, await settled(library.gateway, row?.call_id))
  })
})
