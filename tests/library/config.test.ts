import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { emulatorKeys } from '../_support/gateway.ts'
import { within1s } from '../_support/within-1s.ts'
import { startTestLibrary, type TestLibrary } from './_support/library.ts'

let library: TestLibrary
let before: Record<string, unknown>

beforeAll(async () => {
  library = await startTestLibrary({ keys: ['gateway', 'openai', 'groq'] })
  const [row] = await sql('select * from shared_gateway_config')
  before = row as Record<string, unknown>
})
afterAll(() => library.closeAll())
afterEach(async () => {
  await sql('delete from shared_gateway_config')
  await sql('insert into shared_gateway_config select * from jsonb_populate_record(null::shared_gateway_config, $1)', [
    JSON.stringify(before),
  ])
  await within1s(async () => expect((await library.getSharedGatewayConfig()).gatewayApiKey).toBeDefined())
})

function sql(statement: string, params: unknown[] = []) {
  return library.gateway.database.query<Record<string, unknown>>(statement, params)
}

const ask = () => ({ clientId: library.gateway.client.id, messages: [{ role: 'user' as const, content: 'Oi' }] })

describe('the guide’s three errors, in the guide’s words', () => {
  test.each([
    ['delete from shared_gateway_config', 'No shared configuration found', 'no_shared_configuration'],
    ['update shared_gateway_config set openai_api_key_secret_id = gen_random_uuid()', 'Failed to decrypt key', 'failed_to_decrypt_key'],
    [
      `update shared_gateway_config set gateway_api_key_secret_id = null, openai_api_key_secret_id = null, groq_api_key_secret_id = null,
         anthropic_api_key_secret_id = null, google_api_key_secret_id = null`,
      'Gateway enabled but no config found',
      'gateway_without_keys',
    ],
  ])('%s', async (statement, words, code) => {
    await sql(statement)
    await within1s(() => expect(library.getSharedGatewayConfig()).rejects.toMatchObject({ code, message: expect.stringContaining(words) }))
    await expect(library.getSharedGatewayConfig()).rejects.toBeInstanceOf(library.ConfigurationError)
    // A failure is not remembered as an empty key: the next look tries again.
    await expect(library.getSharedGatewayConfig()).rejects.toMatchObject({ code })
  })

  test('a key that does not open stops only the calls that need it', async () => {
    await sql(
      "update shared_gateway_config set route = 'direct', openai_api_key_secret_id = gen_random_uuid(), default_fallback_chain = '[]'",
    )
    await within1s(() => expect(library.callAI(ask())).rejects.toMatchObject({ message: expect.stringContaining('Failed to decrypt key') }))
    expect(library.lines().filter((line) => line.startsWith('[AI Gateway] Failed to decrypt key: openai'))).not.toEqual([])
    const served = await library.callAI({ ...ask(), model: 'groq/llama-3.3-70b-versatile' })
    expect(served.provider).toBe('groq')
  })
})

test('getSharedGatewayConfig gives the guide’s fields, with keys that do not show', async () => {
  const config = await library.getSharedGatewayConfig()
  expect({
    hasGatewayKey: !!config.gatewayApiKey,
    hasOpenAI: !!config.providerKeys.openai,
    hasGoogle: !!config.providerKeys.google,
  }).toEqual({
    hasGatewayKey: true,
    hasOpenAI: true,
    hasGoogle: false,
  })
  const shown = `${JSON.stringify(config)} ${inspect(config, { depth: 9, showHidden: true })} ${String(config.gatewayApiKey)}`
  for (const key of Object.values(emulatorKeys)) expect(shown).not.toContain(key)
})

test('shouldUseGateway needs both flags, and follows the client’s row', async () => {
  const client = await library.gateway.addClient({ enabled: false })
  expect(await library.shouldUseGateway(client.id)).toBe(false)
  await expect(library.callAI({ ...ask(), clientId: client.id })).rejects.toBeInstanceOf(library.PermissionError)
  await sql('update clients set use_ai_gateway = true where id = $1', [client.id])
  await within1s(async () => expect(await library.shouldUseGateway(client.id)).toBe(true))
  await sql("update clients set status = 'suspended' where id = $1", [client.id])
  await within1s(async () => expect(await library.shouldUseGateway(client.id)).toBe(false))
  expect(await library.shouldUseGateway('123e4567-e89b-12d3-a456-426614174000')).toBe(false)
})

test('a changed price is in force a second later, and each row keeps the price it was made at', async () => {
  const price = async () => (await library.callAI({ ...ask(), model: 'groq/llama-3.3-70b-versatile' })).cost.usd
  const old = await price()
  await sql(
    "update ai_models_registry set input_price_per_million = 59, output_price_per_million = 79 where gateway_identifier = 'groq/llama-3.3-70b-versatile'",
  )
  await within1s(async () => expect(Number(await price())).toBeCloseTo(Number(old) * 100, 9))
  const rows = () =>
    sql("select count(distinct price_id)::int as prices from gateway_usage_logs where model_name = 'llama-3.3-70b-versatile'")
  await expect.poll(rows).toEqual([{ prices: 2 }])
})
