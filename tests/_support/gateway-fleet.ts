import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Database, openDatabase } from '../../src/database/index.ts'
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/index.ts'
import { silentLog } from '../../src/shared/log.ts'
import { generateMasterKey, masterKeyFromText, openVault } from '../../src/vault/index.ts'
import { compileCache } from './compile-cache.ts'
import { createTestDatabase } from './database.ts'
import { addTestClient, emulatorKeys, liftLimits, type TestClient } from './gateway.ts'
import type { ProcessMessage } from './gateway-process.ts'
import { addBudget, type BudgetOptions } from './ledger.ts'
import { supervise } from './supervise.ts'

const program = fileURLToPath(new URL('./gateway-process.ts', import.meta.url))

/** What any number of gateway processes share: a database with keys in its vault, and the emulator in place of the providers. */
export interface Fleet {
  emulator: Emulator
  database: Database
  databaseUrl: string
  /** For each process; add a data directory. */
  env: Record<string, string>
  newDataDir(): Promise<string>
  addClient(...budgets: BudgetOptions[]): Promise<TestClient & { budgets: string[] }>
  start(dataDir: string, env?: Record<string, string>): Promise<GatewayProcess>
  /** Kills what still runs and drops everything. */
  close(): Promise<void>
}

export interface FleetOptions {
  /** A migrated database of the test's own. Default: a fresh copy of the template. */
  databaseUrl?: string
  env?: Record<string, string>
  emulator?: EmulatorOptions
}

export async function openFleet(options: FleetOptions = {}): Promise<Fleet> {
  const emulator = await startEmulator({ keys: Object.values(emulatorKeys), ...options.emulator })
  const own = options.databaseUrl === undefined ? await createTestDatabase() : undefined
  const databaseUrl = options.databaseUrl ?? own?.url ?? ''
  const database = own?.database ?? openDatabase({ url: databaseUrl, connectTimeoutMs: 20_000 })
  const masterKey = generateMasterKey()
  await storeKeys(database, masterKey)
  const env = { ...environment(emulator, databaseUrl, masterKey), ...options.env }
  const dirs: string[] = []
  const processes = new Set<GatewayProcess>()
  return {
    emulator,
    database,
    databaseUrl,
    env,
    async newDataDir() {
      const dir = await mkdtemp(join(tmpdir(), 'catraca-fleet-'))
      dirs.push(dir)
      return dir
    },
    async addClient(...budgets) {
      const client = await addTestClient(database, {})
      const ids: string[] = []
      for (const budget of budgets) ids.push(await addBudget(database, client.id, budget))
      return { ...client, budgets: ids }
    },
    async start(dataDir, extra = {}) {
      return await supervise(async () => {
        const started = startGatewayProcess({ ...env, CATRACA_DATA_DIR: dataDir, ...extra })
        processes.add(started)
        await started.ready
        return started
      })
    },
    async close() {
      for (const running of processes) await running.kill()
      await emulator.close()
      if (own) await own.drop()
      else await database.close()
      for (const dir of dirs) await rm(dir, { recursive: true, force: true })
    },
  }
}

async function storeKeys(database: Database, masterKey: string): Promise<void> {
  const vault = await openVault({ database, masterKey: masterKeyFromText(masterKey), log: silentLog })
  for (const name of ['openai', 'groq', 'anthropic', 'google'] as const) {
    const id = await vault.put(`shared_${name}_api_key`, emulatorKeys[name])
    await database.query(`update shared_gateway_config set ${name}_api_key_secret_id = $1`, [id])
  }
  await liftLimits(database)
  // A call is one attempt, so that one that a busy machine lets time out is booked as what the emulator counted of it.
  await database.query(`update shared_gateway_config set default_fallback_chain = '[]'`)
}

function environment({ baseUrls }: Emulator, databaseUrl: string, masterKey: string): Record<string, string> {
  return {
    ENABLE_AI_GATEWAY: 'true',
    DATABASE_URL: databaseUrl,
    CATRACA_MASTER_KEY: masterKey,
    PORT: '0',
    USD_BRL_RATE: '5.5',
    OPENAI_BASE_URL: baseUrls.openai,
    GROQ_BASE_URL: baseUrls.groq,
    ANTHROPIC_BASE_URL: baseUrls.anthropic,
    GOOGLE_BASE_URL: baseUrls.google,
    AI_GATEWAY_BASE_URL: baseUrls.vercel,
  }
}

export interface GatewayProcess {
  pid: number
  /** Rejects with the refusal's words when it does not come up. Empty url before that. */
  ready: Promise<void>
  url: string
  /** How long the start itself took, its modules loaded. */
  startMs: number
  /** What it wrote to its error output. */
  said: string[]
  isRunning(): boolean
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>
}

export function startGatewayProcess(env: Record<string, string>): GatewayProcess {
  // Nothing of the test's own environment goes along but where programs are.
  const child = fork(program, [], {
    execArgv: [],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_COMPILE_CACHE: compileCache, ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const said: string[] = []
  child.stderr?.setEncoding('utf8').on('data', (text: string) => said.push(...text.trimEnd().split('\n')))
  const gone = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  const gateway: GatewayProcess = {
    pid: child.pid ?? 0,
    ready: readiness(child, said, (told) => Object.assign(gateway, told)),
    url: '',
    startMs: 0,
    said,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    async kill() {
      child.kill('SIGKILL')
      await gone
    },
    async stop() {
      child.kill('SIGTERM')
      const [code] = await gone
      return code
    },
  }
  gateway.ready.catch(() => {})
  return gateway
}

function readiness(child: ChildProcess, said: string[], onReady: (told: { url: string; startMs: number }) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('message', (message: ProcessMessage) => {
      if ('refusal' in message) reject(new Error(message.refusal))
      else {
        onReady(message)
        resolve()
      }
    })
    // 'close' and not 'exit': by then all that it wrote is here.
    child.once('close', (code, signal) =>
      reject(new Error(`the gateway ended before it was ready (${signal ?? code}): ${said.join('; ')}`)),
    )
  })
}

/** Spool files in a data directory: none when everything is booked and the process has left. */
export async function spoolFiles(dataDir: string): Promise<string[]> {
  const names = await readdir(join(dataDir, 'spool')).catch(() => [])
  return names.filter((name) => name.endsWith('.spool'))
}
