import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateClientKey } from '../../src/clients/index.ts'
import { readConfig } from '../../src/config/index.ts'
import { type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { type RunningServer, startServer } from '../../src/server.ts'
import { type Log, silentLog } from '../../src/shared/log.ts'
import { generateMasterKey } from '../../src/vault/index.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { supervise } from './supervise.ts'

export const emulatorKeys = {
  gateway: 'vck_test_gateway',
  openai: 'sk-test-openai',
  groq: 'gsk_test_groq',
  anthropic: 'sk-ant-test-anthropic',
  google: 'AIza-test-google',
}
type KeyName = keyof typeof emulatorKeys

export interface TestClient {
  id: string
  key: string
}

/** A running gateway on a database of its own, with the emulator in place of the providers. */
export interface TestGateway {
  url: string
  emulator: Emulator
  server: RunningServer
  database: TestDatabase['database']
  client: TestClient
  /** The environment that it was started with, for another process on the same database. */
  env: Record<string, string>
  /** Of another process on the same database, which hears of changes by itself. */
  elsewhere?: () => Promise<Pick<RunningServer['context'], 'sharedConfig'>>
  addClient(options?: { slug?: string; enabled?: boolean; allowedModels?: string[] }): Promise<TestClient>
  close(): Promise<void>
}

export interface TestGatewayOptions {
  /** Which keys are in the vault. Default: the four providers', without the Vercel key. */
  keys?: KeyName[]
  env?: Record<string, string>
  log?: Log
  /** Migrated. Default: a fresh copy of the template. */
  database?: TestDatabase
}

export async function startTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const emulator = await startEmulator({ keys: Object.values(emulatorKeys) })
  const db = options.database ?? (await createTestDatabase())
  const dataDir = await mkdtemp(join(tmpdir(), 'catraca-gateway-'))
  const env = {
    ENABLE_AI_GATEWAY: 'true',
    DATABASE_URL: db.url,
    CATRACA_DATA_DIR: dataDir,
    CATRACA_MASTER_KEY: generateMasterKey(),
    PORT: '0',
    // A test's faults are its own: it sees each attempt that its calls make, whatever earlier tests let fail.
    CATRACA_FAILURES_TO_PASS_OVER: '0',
    CATRACA_RETRIES: '0',
    EXCHANGE_RATE_URL: emulator.baseUrls.exchangeRate,
    OPENAI_BASE_URL: emulator.baseUrls.openai,
    GROQ_BASE_URL: emulator.baseUrls.groq,
    ANTHROPIC_BASE_URL: emulator.baseUrls.anthropic,
    GOOGLE_BASE_URL: emulator.baseUrls.google,
    AI_GATEWAY_BASE_URL: emulator.baseUrls.vercel,
    ...options.env,
  }
  const server = await supervise(() => startServer(readConfig(env), { log: options.log ?? silentLog }))
  for (const name of options.keys ?? (['openai', 'groq', 'anthropic', 'google'] as const)) {
    const id = await server.context.store.vault.put(`shared_${name}_api_key`, emulatorKeys[name])
    await db.database.query(`update shared_gateway_config set ${name}_api_key_secret_id = $1`, [id])
  }
  await liftLimits(db.database)
  server.context.sharedConfig.forget()
  const addClient: TestGateway['addClient'] = (client = {}) => addTestClient(db.database, client)
  return {
    url: server.url,
    emulator,
    server,
    database: db.database,
    client: await addClient({ slug: 'agencia' }),
    env,
    addClient,
    async close() {
      await server.close()
      await emulator.close()
      await db.drop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** No test of something else runs into the limits that an installation begins with, or gets an answer that it has had before. */
export async function liftLimits(database: TestDatabase['database']): Promise<void> {
  await database.query('update shared_gateway_config set max_requests_per_minute = 1e9, max_tokens_per_minute = 2e9, cache_enabled = false')
}

/** A client with a key of its own, as `catraca client add --enable` and `catraca key create` make them. */
export async function addTestClient(
  database: TestDatabase['database'],
  {
    slug = `client-${crypto.randomUUID().slice(0, 8)}`,
    enabled = true,
    allowedModels,
  }: { slug?: string; enabled?: boolean; allowedModels?: string[] },
): Promise<TestClient> {
  const [row] = await database.query<{ id: string }>('insert into clients (name, slug, use_ai_gateway) values ($1, $1, $2) returning id', [
    slug,
    enabled,
  ])
  const { key, hash, prefix } = generateClientKey()
  const id = row?.id ?? ''
  await database.query('insert into client_api_keys (client_id, name, prefix, hash, allowed_models) values ($1, $2, $3, $4, $5)', [
    id,
    'test',
    prefix,
    hash,
    allowedModels ?? null,
  ])
  return { id, key }
}
