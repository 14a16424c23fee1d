import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCallAI } from '../../src/library/index.ts'
import { startTestGateway, type TestClient, type TestGateway } from '../_support/gateway.ts'
import { within1s } from '../_support/within-1s.ts'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway.close())

const sdk = (client: TestClient) => new OpenAI({ apiKey: client.key, baseURL: `${gateway.url}/v1`, maxRetries: 0 })
const say = (content: string) => ({ model: 'openai/gpt-4o-mini', messages: [{ role: 'user' as const, content }] })
const failureOf = async (work: Promise<unknown>) =>
  (await work.then(
    () => undefined,
    (error) => error,
  )) as InstanceType<typeof OpenAI.APIError> | undefined
/** What the provider really got. */
const sent = () => JSON.stringify(gateway.emulator.requests().map(({ body }) => body))
async function guarded(columns: Record<string, unknown>): Promise<TestClient> {
  const client = await gateway.addClient()
  const names = Object.keys(columns)
  await gateway.database.query(
    `insert into client_guardrails (client_id, ${names.join(', ')}) values ($1, ${names.map((_, index) => `$${index + 2}`).join(', ')})`,
    [client.id, ...Object.values(columns)],
  )
  return client
}

describe('guardrails', () => {
  it('mask personal data before the provider sees it, for every target and also by the library', async () => {
    const client = await guarded({ mask_pii: ['cpf', 'phone'] })
    const text = 'meu CPF é 529.982.247-25 e o zap (11) 98765-4321, cartão 4111 1111 1111 1111'
    for (const model of ['openai/gpt-4o-mini', 'anthropic/claude-haiku-4-5']) {
      gateway.emulator.reset()
      await sdk(client).chat.completions.create({ ...say(text), model })
      expect(sent()).toContain('meu CPF é [CPF] e o zap [PHONE], cartão 4111 1111 1111 1111')
      expect(sent()).not.toContain('529.982')
    }
    gateway.emulator.reset()
    await createCallAI(gateway.server.context)({ clientId: client.id, messages: [{ role: 'user', content: text }] })
    expect(sent()).toContain('meu CPF é [CPF] e o zap [PHONE]')
  })

  it('look at a predicted answer as well: it is a text of the user’s', async () => {
    const client = await guarded({ mask_pii: ['cpf'], blocked_terms: ['aposta'] })
    const ask = (content: string) =>
      sdk(client).chat.completions.create({ ...say('corrija'), model: 'openai/gpt-4o-mini', prediction: { type: 'content', content } })
    gateway.emulator.reset()
    await ask('CPF 529.982.247-25')
    expect(sent()).toContain('CPF [CPF]')
    expect(sent()).not.toContain('529.982')
    expect((await failureOf(ask('uma aposta')))?.code).toBe('content_blocked')
  })

  it('leave the bytes of a client without rules as they are', async () => {
    gateway.emulator.reset()
    await sdk(gateway.client).chat.completions.create(say('meu CPF é 529.982.247-25'))
    expect(sent()).toContain('529.982.247-25')
  })

  it('refuse blocked terms, long inputs and other models, without a provider, a hold or a row', async () => {
    const client = await guarded({ blocked_terms: ['aposta'], max_input_tokens: 20, allowed_models: ['openai/gpt-4o-mini'] })
    gateway.emulator.reset()
    const blocked = await failureOf(sdk(client).chat.completions.create(say('quero fazer uma APOSTA')))
    expect({ status: blocked?.status, code: blocked?.code }).toEqual({ status: 400, code: 'content_blocked' })
    expect(blocked?.message).toContain('termo bloqueado')
    const long = await failureOf(sdk(client).chat.completions.create(say('a'.repeat(200))))
    expect({ status: long?.status, code: long?.code }).toEqual({ status: 400, code: 'input_too_long' })
    const other = await failureOf(sdk(client).chat.completions.create({ ...say('oi'), model: 'groq/llama-3.3-70b-versatile' }))
    expect({ status: other?.status, code: other?.code }).toEqual({ status: 403, code: 'model_not_allowed' })
    expect(gateway.emulator.requests()).toEqual([])
    expect((await sdk(client).models.list()).data.map(({ id }) => id)).toEqual(['openai/gpt-4o-mini'])
    expect(await gateway.database.query('select 1 from gateway_usage_logs where client_id = $1', [client.id])).toEqual([])
    await sdk(client).chat.completions.create(say('oi'))
  })

  it('follow a change by SQL within a second', async () => {
    const client = await guarded({ blocked_terms: ['um'] })
    expect((await failureOf(sdk(client).chat.completions.create(say('um'))))?.code).toBe('content_blocked')
    await gateway.database.query('delete from client_guardrails where client_id = $1', [client.id])
    await within1s(async () => expect((await failureOf(sdk(client).chat.completions.create(say('um'))))?.code).toBeUndefined())
  })
})
