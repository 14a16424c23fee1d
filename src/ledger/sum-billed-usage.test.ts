import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { addClient } from '../../tests/_support/ledger.ts'
import { addUsageRows } from '../../tests/_support/usage-rows.ts'
import { sumBilledUsage } from './index.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await createTestDatabase()
})
afterAll(() => db.drop())

test('an attempt that is billed by the minute counts beside one that is billed by tokens', async () => {
  const client = await addClient(db.database)
  const said = { input_tokens: 100, cached_tokens: 0, output_tokens: 20, tokens: 120 }
  const attempts = [
    { provider: 'openai', model: 'gpt-4o-transcribe', via: 'direct', cost_usd: '0.0008', ...said },
    { provider: 'groq', model: 'whisper-large-v3', via: 'direct', cost_usd: '0.0031', tokens: 0 },
  ]
  const row = {
    client_id: client,
    created_at: '2026-11-20T12:00:00Z',
    api_type: 'transcription',
    provider: 'groq',
    model_name: 'whisper-large-v3',
  }
  await addUsageRows(db.database, [{ ...row, input_tokens: 100, output_tokens: 20, total_tokens: 120, cost_usd: '0.0039' }])
  await db.database.query('update gateway_usage_logs set attempts = $1::jsonb where client_id = $2', [JSON.stringify(attempts), client])
  expect(await sumBilledUsage(db.database, new Date('2026-11-20'), new Date('2026-11-21'))).toMatchObject([
    { provider: 'groq', model: 'whisper-large-v3', calls: 1, input_tokens: '0', output_tokens: '0', cost_usd: '0.0031' },
    { provider: 'openai', model: 'gpt-4o-transcribe', calls: 1, input_tokens: '100', output_tokens: '20', cost_usd: '0.0008' },
  ])
})
