import type { Server } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { openAccounts } from './accounts/index.ts'
import { openWhatsApp, type WhatsApp, type WhatsAppOptions } from './channels/index.ts'
import type { Config } from './config/index.ts'
import { type Context, type ContextOptions, openContext } from './context.ts'
import { gatherFacts, getAccountsSecret } from './gateway/index.ts'
import { createApp, type TestGatewayResult } from './http/index.ts'
import { countJobs, type JobsOptions, startJobs } from './jobs/index.ts'
import { createNotifier, createSenders } from './notifications/index.ts'
import { observeDatabase } from './observe-parts.ts'
import { errorCode } from './shared/error-code.ts'
import { ConfigurationError } from './shared/errors.ts'
import { gauge } from './telemetry/index.ts'

const sweepEveryMs = 100

type App = ReturnType<typeof createApp>

/** It brings the AI SDK along, which most gateways never need. */
const loadLibrary = () => import('./library/index.ts')

export interface RunningServer {
  url: string
  context: Context
  /** Says for `stopDelayMs` that it is not ready, then takes no new calls, lets those under way finish within the grace period, books everything, and lets go. */
  close(): Promise<void>
}

export interface ServerOptions extends Omit<ContextOptions, 'kind'> {
  jobs?: Pick<JobsOptions, 'deliverers' | 'abandonedAfterMs'>
  whatsapp?: Pick<WhatsAppOptions, 'leaseMs' | 'isSimulation'> | undefined
  /** What GET /metrics answers, where other processes answer on the same port; else this process's own. */
  collectMetrics?: () => Promise<string>
}

/** The gateway, listening. Throws ConfigurationError for what the operator must put right, a port in use included. */
export async function startServer(config: Config, options: ServerOptions): Promise<RunningServer> {
  const context = await openContext(config, { ...options, kind: 'server' })
  const { store } = context
  store.keepServerUp()
  const { publicUrl, trustedProxies } = config
  const secret = () => getAccountsSecret(store)
  const accounts = openAccounts({ url: store.url, secret, publicUrl, log: options.log })
  const whatsapp = openServerWhatsApp(context, config, options)
  const senders = createSenders({ ...config.notifications, vault: store.vault, whatsapp: whatsapp.sendAlert })
  const notifier = createNotifier({ database: store.gateway, senders, publicUrl, log: options.log })
  let isStopping = false
  const app = createApp({
    ...context,
    isStopping: () => isStopping,
    notifier,
    allowsLocalWebhooks: config.notifications.allowsLocal,
    bodyLimitBytes: config.bodyLimitBytes,
    bodiesLimitBytes: config.bodiesLimitBytes,
    isProduction: config.isProduction,
    adminToken: config.adminToken,
    owner: store.owner,
    vault: store.vault,
    accounts,
    publicUrl,
    trustedProxies,
    keepAliveMs: config.pools.keepAliveMs,
    hasMetrics: config.telemetry.hasMetrics,
    metricsToken: config.telemetry.metricsToken,
    collectMetrics: options.collectMetrics ?? (() => context.telemetry.collectMetrics()),
    whatsapp: whatsapp.receiver,
    gatherFacts: (wish) => gatherFacts(store, config, { ...wish, gatewayUrl: listeningUrl(app, config) }),
    testGateway: (client, model) => testGateway(context, client, model),
  })
  app.server.maxConnections = config.pools.callerConnections
  try {
    await app.listen({ port: config.port, host: config.host })
  } catch (error) {
    await whatsapp.stop()
    await accounts.close()
    await context.close()
    throw portError(error, config)
  }
  observeQueue(context, config)
  // Last, and not waited for: calls need no jobs.
  const jobs = startJobs({
    store,
    log: options.log,
    retentionMonths: config.retentionMonths,
    notifier,
    answering: { tasks: whatsapp.tasks, places: config.pools.answersAtOnce },
    ...options.jobs,
  })
  return {
    url: listeningUrl(app, config),
    context,
    async close() {
      isStopping = true
      if (config.stopDelayMs > 0) await delay(config.stopDelayMs)
      await drain(app, context, [jobs, whatsapp], config.shutdownGraceMs)
      await accounts.close()
      await context.close()
    },
  }
}

function openServerWhatsApp(context: Context, config: Config, options: ServerOptions): WhatsApp {
  return openWhatsApp({
    ...options.whatsapp,
    database: context.store.gateway,
    vault: context.store.vault,
    graph: config.graph,
    askModel: async (call) => (await loadLibrary()).createCallAI(context)(call),
    transcribe: async (call) => (await loadLibrary()).createTranscribeAI(context)(call),
    allowsLocalTools: config.notifications.allowsLocal,
    clock: context.clock,
    log: options.log,
  })
}

function observeQueue({ telemetry, store }: Context, { pools }: Config): void {
  const places = { name: 'catraca.answers.places', help: 'Conversations that this process may answer at once.', unit: '{answer}' }
  telemetry.observe(() => [gauge(places, pools.answersAtOnce)])
  observeDatabase(telemetry, async () => {
    const { ready, running, failed, answersWaiting, answersUnderWay, answersAge, othersAge } = await countJobs(store.owner)
    const [jobs, answers] = [
      Object.entries({ ready, running, failed }),
      Object.entries({ ready: answersWaiting, running: answersUnderWay }),
    ]
    const ages = Object.entries({ answers: answersAge, others: othersAge })
    const points = (name: string, entries: [string, number][]) => entries.map(([label, value]) => ({ labels: { [name]: label }, value }))
    return [
      gauge({ name: 'catraca.jobs', help: 'Jobs of the queue: ready, running, or given up.', unit: '{job}' }, points('state', jobs)),
      gauge({ name: 'catraca.answers', help: 'Those of them that answer a conversation.', unit: '{answer}' }, points('state', answers)),
      gauge({ name: 'catraca.jobs.age', help: 'How long the one that has waited longest is due.', unit: 's' }, points('kind', ages)),
    ]
  })
}

async function drain(app: App, { callsUnderWay }: Context, others: { stop(): Promise<void> }[], graceMs: number): Promise<void> {
  const grace = delay(graceMs, undefined, { ref: false }).then(() => app.server.closeAllConnections())
  const othersStopped = Promise.all(others.map((other) => other.stop()))
  // Callers keep connections open after their last answer: each is closed as soon as it has no call.
  const sweep = setInterval(() => app.server.closeIdleConnections(), sweepEveryMs)
  await app.close()
  clearInterval(sweep)
  // Answers whose callers have left are read to their end as well, for their real usage.
  await Promise.race([Promise.all([callsUnderWay.ended(), othersStopped]), grace])
}

function listeningUrl({ server }: { server: Server }, { host, port }: Config): string {
  const address = server.address()
  return `http://${host.includes(':') ? `[${host}]` : host}:${typeof address === 'object' ? address?.port : port}`
}

/** The guide's step 7.2, through the library, for one client. */
async function testGateway(context: Context, wanted: string | undefined, asked: string | undefined): Promise<TestGatewayResult> {
  const client = await context.clients.findForTest(wanted)
  if (!client || !context.settings.isEnabled || !client.usesGateway || !client.isActive) return { enabled: false }
  const { createCallAI } = await loadLibrary()
  const result = await createCallAI(context)({
    clientId: client.id,
    source: 'test',
    ...(asked !== undefined && { model: asked }),
    messages: [
      { role: 'system', content: 'You are a helpful assistant.' },
      { role: 'user', content: 'Say "Hello World" in Portuguese.' },
    ],
  })
  const { text, model, provider, wasCached, latencyMs, usage } = result
  return { enabled: true, result: { text, model, provider, wasCached, latencyMs, usage } }
}

function portError(error: unknown, config: Config): unknown {
  const code = errorCode(error)
  if (code === 'EADDRINUSE') {
    return new ConfigurationError('config_invalid', `Port ${config.port} is in use: choose another with --port or PORT.`, { cause: error })
  }
  if (code === 'EACCES') {
    const said = `Listening on port ${config.port} is not allowed (EACCES): choose one from 1024 up with --port or PORT.`
    return new ConfigurationError('config_invalid', said, { cause: error })
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    const said = `Cannot listen on ${config.host} (${code}): --host or HOST must be an address of this machine, or 0.0.0.0 for all of them.`
    return new ConfigurationError('config_invalid', said, { cause: error })
  }
  return error
}
