// The gateway as it runs in production, on a PostgreSQL of its own with fsync on, with two clients,
// one of them with the cache: each has a key, and a hard budget in reais.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateClientKey } from '../../src/clients/index.ts'
import { readConfig, readEnv } from '../../src/config/index.ts'
import { startServer } from '../../src/server.ts'
import { serverLog } from '../../src/shared/log.ts'
import { addBudget } from '../../tests/_support/ledger.ts'
import { serveParent } from './child.ts'

export interface GatewayReady {
  url: string
  clientKey: string
  /** Of a client whose calls are answered from the cache. */
  cachedClientKey: string
  /** For counting what was booked. */
  databaseUrl: string
  /** Of the PostgreSQL inside. */
  postmasterPid: number
}

const [, , dataDir = ''] = process.argv
const server = await startServer(readConfig(readEnv(dataDir)), { log: serverLog })
const { owner, vault, url: databaseUrl } = server.context.store
for (const name of ['openai', 'groq'] as const) {
  const id = await vault.put(`shared_${name}_api_key`, `sk-test-${name}`)
  await owner.query(`update shared_gateway_config set ${name}_api_key_secret_id = $1`, [id])
}
await owner.query('update shared_gateway_config set max_requests_per_minute = 1e9, max_tokens_per_minute = 2e9, cache_enabled = false')
const key = await addClient('bench', false)
const cachedClientKey = await addClient('cached', true)

const lockFile = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')
const ready: GatewayReady = { url: server.url, clientKey: key, cachedClientKey, databaseUrl, postmasterPid: Number.parseInt(lockFile, 10) }
serveParent(ready, () => server.close())

async function addClient(slug: string, usesCache: boolean): Promise<string> {
  const rows = await owner.query<{ id: string }>(
    'insert into clients (name, slug, use_ai_gateway, cache_enabled) values ($1, $1, true, $2) returning id',
    [slug, usesCache],
  )
  const clientId = rows[0]?.id ?? ''
  const { key, hash, prefix } = generateClientKey()
  await owner.query("insert into client_api_keys (client_id, name, prefix, hash) values ($1, 'bench', $2, $3)", [clientId, prefix, hash])
  await addBudget(owner, clientId, { type: 'brl', period: 'monthly', limit: 1_000_000, hard: true })
  return key
}
