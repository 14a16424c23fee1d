import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { migrate, openDatabase } from '../../src/database/index.ts'
import { silentLog } from '../../src/shared/log.ts'
import { generateMasterKey, masterKeyFromText, openVault } from '../../src/vault/index.ts'
import { startTestGateway } from '../_support/gateway.ts'
import { hasPostgres15, startPostgres15 } from '../_support/postgres15.ts'

const guide = '123e4567-e89b-12d3-a456-426614174000'
const acceptance = fileURLToPath(new URL('acceptance.sql', import.meta.url))
const hasPsql = existsSync('/usr/bin/psql')

async function runPsql(url: string): Promise<{ stdout: string; stderr: string }> {
  return await promisify(execFile)('psql', [url, '--no-psqlrc', '-f', acceptance], { env: { ...process.env, PAGER: 'cat' } })
}

async function expectGuide(url: string): Promise<void> {
  const { stdout, stderr } = await runPsql(url)
  expect(stderr).toMatch(/vault is sealed: .*catraca sql/)
  expect(stdout).toContain('["openai/gpt-4o-mini", "groq/llama-3.3-70b-versatile"]')
  expect(stdout).toMatch(/Luis Boff\s*\|\s*tokens\s*\|\s*0\s*\|\s*100000\s*\|\s*0\.00/)
  expect(stdout).toMatch(/shared_anthropic_api_key/)
  expect(stdout).toMatch(/openai\/gpt-4o-mini/)
}

test.skipIf(!hasPsql)("the guide's SQL runs as written on the PostgreSQL inside, and its test endpoint answers", async () => {
  const gateway = await startTestGateway({ keys: [] })
  try {
    for (const key of ['vck_EXAMPLE0000000000000000000000000000000000', 'sk-proj-example-openai', 'gsk_example_groq'])
      gateway.emulator.accept(key)
    await expectGuide(gateway.env.DATABASE_URL ?? '')

    // The gateway saw the new keys by itself, so nothing is started again.
    const response = await fetch(`${gateway.url}/api/test/gateway`)
    expect(await response.json()).toEqual({
      success: true,
      result: {
        text: 'Olá Mundo',
        model: 'gpt-4o-mini',
        provider: 'openai',
        wasCached: false,
        latencyMs: expect.any(Number),
        usage: { promptTokens: expect.any(Number), completionTokens: expect.any(Number), totalTokens: expect.any(Number) },
      },
    })

    const served = gateway.emulator.served().filter((call) => call.status === 200)
    expect(served).toHaveLength(1)
    const tokens = (served[0]?.inputTokens ?? 0) + (served[0]?.outputTokensServed ?? 0)
    await expect
      .poll(() => gateway.database.query('select client_id, total_tokens, was_cached from gateway_usage_logs'))
      .toEqual([{ client_id: guide, total_tokens: BigInt(tokens), was_cached: false }])
    expect(await gateway.database.query('select current_usage from client_budgets')).toEqual([{ current_usage: String(tokens) }])
  } finally {
    await gateway.close()
  }
})

test.skipIf(!hasPsql || !hasPostgres15)("the guide's SQL runs as written on PostgreSQL 15", async () => {
  const server = await startPostgres15()
  try {
    const database = openDatabase({ url: server.url })
    await migrate(database)
    await openVault({ database, masterKey: masterKeyFromText(generateMasterKey()), log: silentLog })
    await database.close()
    await expectGuide(server.url)
  } finally {
    await server.stop()
  }
})
