import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, relative } from 'node:path'
import { createSetupToken, linkTo } from './accounts/index.ts'
import { findRunningGateway, formatAmount, type StartGateway, type Terminal, type UpOptions } from './cli/index.ts'
import { type Config, type Env, readConfig, readEnv } from './config/index.ts'
import { type Demo, startDemo } from './demo.ts'
import { findSharedKeys, openStore, type Store, sharedKeySlots } from './gateway/index.ts'
import { listBudgets } from './ledger/index.ts'
import { providers } from './providers/index.ts'
import { runWorker, toWorkerSettings } from './run-worker.ts'
import { startServer } from './server.ts'
import { ConfigurationError } from './shared/errors.ts'
import { logFor } from './shared/log.ts'
import { isWorker, startWorkers } from './workers/index.ts'

/** npm passes Ctrl-C on to a process that the terminal has told already: two signals at once are one wish. */
const sameWishMs = 500

/** A gateway that answers, in this process or in others of ours. */
interface Answering {
  url: string
  store: Store
  demo: Demo | undefined
  /** Drains, books, and lets go. */
  close(): Promise<void>
  /** For whoever cannot wait for that. */
  kill(): void
}

/** Starts the gateway, says so, and resolves when it has been stopped. Throws ConfigurationError for what the operator must put right. */
export const up: StartGateway = async (options, terminal) => {
  if (isWorker) return await runWorker()
  readUpConfig(options)
  await keepEnvFile(terminal)
  const config = readUpConfig(options)
  await refuseUsedPort(config)
  const gateway = config.workers === 1 ? await answerHere(config) : await answerByWorkers(config, readUpEnv(options))
  terminal.out(await describeStart(config, gateway, terminal))
  await stopSignal(terminal, gateway)
  await gateway.close()
}

async function answerHere(config: Config): Promise<Answering> {
  let demo: Demo | undefined
  const server = await startServer(config, {
    log: logFor(config.telemetry.logFormat),
    demo: async (store) => {
      demo = config.allowsDemo ? await startDemo(store, config.dataDir) : undefined
      return demo?.providers
    },
  }).catch(async (error: unknown) => {
    await demo?.stop()
    throw error
  })
  const close = async () => {
    await server.close()
    await demo?.stop()
  }
  return { url: server.url, store: server.context.store, demo, close, kill: () => {} }
}

/** This process migrates, has the emulator of a demo, and sees to the others; it answers no call itself. */
async function answerByWorkers(config: Config, env: Env): Promise<Answering> {
  const log = logFor(config.telemetry.logFormat)
  const store = await openStore({ ...config, log })
  let demo: Demo | undefined
  try {
    store.keepServerUp()
    demo = config.allowsDemo ? await startDemo(store, config.dataDir) : undefined
    const settings = toWorkerSettings({ ...env, PORT: String(config.port || (await findFreePort(config.host))) }, demo?.providers)
    const workers = await startWorkers({ count: config.workers, settings, log })
    const close = async () => {
      await workers.stop()
      await demo?.stop()
      await store.close()
    }
    return { url: workers.url, store, demo, close, kill: () => workers.kill() }
  } catch (error) {
    await demo?.stop()
    await store.close()
    throw error
  }
}

/** The guide's step 3, done for whoever has not. A flag that somebody has set otherwise stays as it is. */
async function keepEnvFile(terminal: Terminal): Promise<void> {
  const file = join(process.cwd(), '.env.local')
  const known = terminal.env.ENABLE_AI_GATEWAY
  if (existsSync(file) || (known !== undefined && known !== 'true')) return
  try {
    await writeFile(file, '# The gateway answers calls only with exactly this value.\nENABLE_AI_GATEWAY=true\n', { flag: 'wx' })
    terminal.err('Wrote .env.local with ENABLE_AI_GATEWAY=true.')
  } catch (error) {
    terminal.err(`Could not write ${file} (${error instanceof Error ? error.message : error}): set ENABLE_AI_GATEWAY=true yourself.`)
  }
}

function readUpConfig(options: UpOptions): Config {
  return readConfig(readUpEnv(options))
}

function readUpEnv({ port, host, dataDir }: UpOptions): Env {
  return {
    ...readEnv(),
    ...(port !== undefined && { PORT: port }),
    ...(host !== undefined && { HOST: host }),
    ...(dataDir !== undefined && { CATRACA_DATA_DIR: dataDir }),
  }
}

/** Before the database is started: who starts a second gateway by mistake is told at once. */
async function refuseUsedPort({ host, port }: Config): Promise<void> {
  if (port === 0 || (await isFree(host, port))) return
  const running = await findRunningGateway(host, port)
  throw new ConfigurationError(
    'config_invalid',
    running === undefined
      ? `Port ${port} is in use by another program: choose another with --port or PORT.`
      : `A Catraca gateway already runs on ${running}: stop it first, or choose another port with --port or PORT.`,
  )
}

/** Only a port in use is looked at here; what else is wrong with an address shows when the gateway listens. */
async function isFree(host: string, port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const trial = createServer()
    trial.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'))
    trial.listen(port, host, () => trial.close(() => resolve(true)))
  })
}

async function findFreePort(host: string): Promise<number> {
  const trial = createServer().listen(0, host)
  await once(trial, 'listening')
  const address = trial.address()
  trial.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Resolves with the first signal to stop; a second one ends the process at once. */
async function stopSignal(terminal: Terminal, gateway: Answering): Promise<void> {
  await new Promise<void>((resolve) => {
    let askedAt: number | undefined
    const onSignal = () => {
      if (askedAt === undefined) {
        askedAt = performance.now()
        terminal.err('\nStopping: calls under way are finished and booked. Once more to stop at once.')
        resolve()
      } else if (performance.now() - askedAt > sameWishMs) {
        gateway.kill()
        process.exit(130)
      }
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  })
}

async function describeStart(config: Config, gateway: Answering, terminal: Terminal): Promise<string> {
  const { url, store, demo } = gateway
  const seconds = (performance.now() / 1000).toFixed(1)
  const processes = config.workers > 1 ? `, ${config.workers} processes` : ''
  const lines = ['', `${terminal.style('bold', `Catraca is ready on ${url}`)} (${seconds} s${processes})`, '']
  if (!config.isEnabled) lines.push('The gateway is OFF: ENABLE_AI_GATEWAY is not "true", so every call is refused.', '')
  if (demo) lines.push(...(await describeDemo(gateway, demo, terminal)))
  else lines.push(...(await describeKeys(store)))
  lines.push('', ...(await describeDashboard(config, gateway)), '')
  const place = relative(process.cwd(), config.dataDir) || '.'
  lines.push(
    config.databaseUrl === undefined ? `Data: ${place} (PostgreSQL inside)` : `Data: ${describeDatabase(store.url)}; spool in ${place}`,
  )
  lines.push('Stop: Ctrl-C', '')
  return `${lines.join('\n')}\n`
}

async function describeDemo({ url, store }: Answering, { client, key }: Demo, terminal: Terminal): Promise<string[]> {
  const [budget] = await listBudgets(store.owner, [client.id])
  const limit = budget
    ? `${formatAmount(budget.limit, budget.type, terminal.locale)} ${budget.period}, ${budget.isHard ? 'hard' : 'soft'}`
    : 'no budget'
  const text = [
    'DEMO MODE: no provider key is stored, so an emulator on this machine',
    'answers in place of the providers. Nothing is billed.',
  ]
  const width = Math.max(...text.map((line) => line.length))
  const box = [`┌${'─'.repeat(width + 2)}┐`, ...text.map((line) => `│ ${line.padEnd(width)} │`), `└${'─'.repeat(width + 2)}┘`]
  const body = `{"model":"openai/gpt-4o-mini","stream":true,"messages":[{"role":"user","content":"Diga oi"}]}`
  return [
    ...box.map((line) => terminal.style('yellow', line)),
    '',
    `Client key: ${key}`,
    `  of the client "${client.slug}" (${limit})`,
    '',
    'Try it:',
    `  curl -N ${url}/v1/chat/completions -H "Authorization: Bearer ${key}" -H "Content-Type: application/json" -d '${body}'`,
    '  npx catraca usage',
    '',
    'Real keys: npx catraca setup (used within a second, without a restart)',
  ]
}

async function describeKeys({ owner }: Store): Promise<string[]> {
  const ids = (await findSharedKeys(owner))?.ids ?? {}
  const named = sharedKeySlots.filter(({ key }) => ids[key] !== undefined).map(({ provider }) => providers[provider].displayName)
  if (named.length === 0) return ['No provider key is stored, so every call is refused. Store them: npx catraca setup']
  return [
    `Keys: ${named.join(', ')}`,
    'A client and its key: npx catraca client add --help, npx catraca key create --help',
    'All in order? npx catraca doctor',
  ]
}

/** While nobody can log in, with the link by which the first admin comes: whoever reads this console may. */
async function describeDashboard({ publicUrl }: Config, { url, store }: Answering): Promise<string[]> {
  const address = publicUrl ?? url
  const token = await createSetupToken(store.owner)
  if (token === undefined) return [`Dashboard: ${address}`]
  return [
    `Dashboard: ${address} (no user yet). Make the first one with this link, which works once:`,
    `  ${linkTo(address, 'setup', token)}`,
  ]
}

/** Without its password. */
function describeDatabase(url: string): string {
  const { hostname, port, pathname } = new URL(url)
  return `PostgreSQL at ${hostname}${port === '' ? '' : `:${port}`}${pathname}`
}
