import { type Config, type Env, readConfig } from './config/index.ts'
import type { DemoProviders } from './gateway/index.ts'
import { logFor } from './shared/log.ts'
import { openSecret, Secret } from './shared/secret.ts'
import { joinMetrics } from './telemetry/index.ts'
import { beginWorker } from './workers/index.ts'

const leastSpoolBytes = 1024 * 1024

/** What the first process tells the others that answer on its port. */
export interface WorkerSettings {
  /** As the first one read it: a file that is changed later changes no worker that takes another's place. */
  env: Env
  demo: { gatewayApiKey: string; providerKeys: Record<string, string>; baseUrls: DemoProviders['baseUrls'] } | undefined
}

export function toWorkerSettings(env: Env, demo: DemoProviders | undefined): WorkerSettings {
  if (demo === undefined) return { env, demo }
  const plain = (key: Secret) => openSecret(key, (value) => value)
  const providerKeys = Object.fromEntries(Object.entries(demo.providerKeys).map(([name, key]) => [name, plain(key)]))
  return { env, demo: { gatewayApiKey: plain(demo.gatewayApiKey), providerKeys, baseUrls: demo.baseUrls } }
}

/** One of WEB_CONCURRENCY processes: the whole gateway, on a port that it shares. Resolves when it has been stopped. */
export async function runWorker(): Promise<void> {
  const life = await beginWorker()
  try {
    const { env, demo } = life.settings as WorkerSettings
    const config = readConfig(env)
    // The first process imports this file as well, and answers no call.
    const { startServer } = await import('./server.ts')
    const server = await startServer(shareDisk(config), {
      log: logFor(config.telemetry.logFormat),
      demo: async () => demo && toDemoProviders(demo),
      worker: String(life.worker),
      // A scrape reaches any one of them, and asks for all.
      collectMetrics: async () => joinMetrics((await life.ask('metrics')).map(({ text }) => text)),
    })
    life.answer('metrics', () => server.context.telemetry.collectMetrics())
    life.ready(server.url)
    await life.stopped
    await server.close()
  } catch (error) {
    life.refuse(error)
    process.exitCode = 1
  } finally {
    life.leave()
  }
}

/** All spools lie in one directory, so that a successor books what a worker that died has left. Together they have what one may have. */
function shareDisk(config: Config): Config {
  return { ...config, spoolMaxBytes: Math.max(Math.floor(config.spoolMaxBytes / config.workers), leastSpoolBytes) }
}

function toDemoProviders({ gatewayApiKey, providerKeys, baseUrls }: NonNullable<WorkerSettings['demo']>): DemoProviders {
  const keys = Object.entries(providerKeys).map(([name, key]) => [name, new Secret(key)])
  return {
    gatewayApiKey: new Secret(gatewayApiKey),
    providerKeys: Object.fromEntries(keys) as DemoProviders['providerKeys'],
    baseUrls,
  }
}
