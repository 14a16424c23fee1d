import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { findRunningGateway, type StartGateway, type Terminal, type UpOptions } from './cli/index.ts'
import { type Config, type Env, findIgnoredSettings, readConfig, readEnv } from './config/index.ts'
import { type Demo, startDemo } from './demo.ts'
import { type Answering, describeStart } from './describe-start.ts'
import { openStore } from './gateway/index.ts'
import { runWorker, toWorkerSettings } from './run-worker.ts'
import { ConfigurationError } from './shared/errors.ts'
import { logFor } from './shared/log.ts'
import { isWorker, startWorkers } from './workers/index.ts'

/** npm passes Ctrl-C on to a process that the terminal has told already: two signals at once are one wish. */
const sameWishMs = 500

/** A gateway that answers, in this process or in others of ours. */
interface RunningGateway extends Answering {
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
  for (const ignored of findIgnoredSettings(readEnv())) terminal.err(`${ignored}.`)
  await refuseUsedPort(config)
  const gateway = config.workers === 1 ? await answerHere(config) : await answerByWorkers(config, readUpEnv(options))
  await gateway.demo?.tell()
  terminal.out(await describeStart(config, gateway, terminal))
  await stopSignal(terminal, gateway)
  await gateway.close()
}

async function answerHere(config: Config): Promise<RunningGateway> {
  // Not loaded by the first of several processes, which answers no call.
  const { startServer } = await import('./server.ts')
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
    // Whatever goes wrong, as where somebody deleted the data directory: its emulator alone would keep this process alive.
    await server.close().finally(() => demo?.stop())
  }
  return { url: server.url, store: server.context.store, demo, close, kill: () => {} }
}

/** This process migrates, has the emulator of a demo, and sees to the others; it answers no call itself. */
async function answerByWorkers(config: Config, env: Env): Promise<RunningGateway> {
  const log = logFor(config.telemetry.logFormat)
  const store = await openStore({ ...config, log })
  let demo: Demo | undefined
  try {
    store.keepServerUp()
    demo = config.allowsDemo ? await startDemo(store, config.dataDir) : undefined
    const settings = toWorkerSettings({ ...env, PORT: String(config.port || (await findFreePort(config.host))) }, demo?.providers)
    const workers = await startWorkers({ count: config.workers, settings, log })
    const close = async () => {
      await workers.stop().finally(() => demo?.stop())
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
async function stopSignal(terminal: Terminal, gateway: RunningGateway): Promise<void> {
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
