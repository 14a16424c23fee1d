import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../../src/shared/id.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { failureOf, sdk, user } from './_support/caller.ts'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({ keys: ['openai'] })
  await gateway.database.query('update shared_gateway_config set google_api_key_secret_id = $1', [newId()])
  gateway.server.context.sharedConfig.forget()
})
afterAll(() => gateway.close())

test('a key that does not open explains only the calls that need a key', async () => {
  const limited = await gateway.addClient({ allowedModels: ['openai/gpt-4o'] })
  const call = (model: string, client = gateway.client) =>
    failureOf(sdk(gateway, client).chat.completions.create({ model, messages: user('Oi') }))
  expect(await call('openai/gpt-4o-mini', limited)).toMatchObject({ status: 403, code: 'model_not_allowed' })
  expect(await call('inexistente/modelo')).toMatchObject({ status: 404, code: 'unknown_model' })
  await gateway.database.query("update shared_gateway_config set default_fallback_chain = '[]'")
  gateway.server.context.sharedConfig.forget()
  expect(await call('google/gemini-2.5-flash')).toMatchObject({ status: 503, code: 'failed_to_decrypt_key' })
})
