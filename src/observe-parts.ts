import { countAlerts } from './alerts/index.ts'
import type { ResponseCache } from './cache/index.ts'
import type { ClientDirectory } from './clients/index.ts'
import type { Database } from './database/index.ts'
import type { CallsUnderWay, Store } from './gateway/index.ts'
import { countDeadLetters, countOpenCalls, type Ledger } from './ledger/index.ts'
import type { Limiter } from './limits/index.ts'
import type { ExchangeRates } from './pricing/index.ts'
import type { Upstream } from './providers/index.ts'
import type { TargetHealth } from './routing/index.ts'
import { withTimeout } from './shared/with-timeout.ts'
import { gauge, type Metric, type Telemetry } from './telemetry/index.ts'

/** However often metrics are asked for, the database is asked no oftener. */
const askEveryMs = 5_000
const answerWithinMs = 2_000
/** Callers choose names: any dated snapshot of a model is a target. */
const mostTargets = 200

export interface ObservedParts {
  database: Database
  ledger: Ledger
  limiter: Limiter
  responseCache: ResponseCache
  upstream: Upstream
  targetHealth: TargetHealth
  rates: ExchangeRates
  callsUnderWay: CallsUnderWay
  clients: ClientDirectory
  store: Pick<Store, 'owner'>
}

/** What the parts of this process are like at the moment somebody asks for metrics. */
export function observeParts(telemetry: Telemetry, parts: ObservedParts): void {
  telemetry.observe(() => memoryOf(parts))
  telemetry.observe(() => poolsOf(parts))
  telemetry.observe(() => targetsOf(parts))
  observeDatabase(telemetry, () => booksOf(parts.database))
}

/**
 * What only the database knows, of all replicas together: asked at most every few seconds, and left out where it does not answer in time.
 */
export function observeDatabase(telemetry: Telemetry, ask: () => Promise<readonly Metric[]>): void {
  let asked: { atMs: number; metrics: Promise<readonly Metric[]> } | undefined
  telemetry.observe(() => {
    const nowMs = performance.now()
    if (!asked || nowMs - asked.atMs >= askEveryMs) asked = { atMs: nowMs, metrics: withTimeout(ask(), answerWithinMs) }
    return asked.metrics
  })
}

function memoryOf({ ledger, limiter, responseCache, callsUnderWay, clients, rates }: ObservedParts): Metric[] {
  const metrics = [
    gauge({ name: 'catraca.calls.under_way', help: 'Calls in the pipeline of this process.', unit: '{call}' }, callsUnderWay.size),
    gauge({ name: 'catraca.spool.records', help: 'Records on disk that are not in the database yet.', unit: '{record}' }, ledger.depth),
    gauge({ name: 'catraca.spool.size', help: 'What the spool takes of the disk.', unit: 'By' }, ledger.spoolBytes),
    gauge({ name: 'catraca.spool.age', help: 'How long the oldest of those records has waited.', unit: 's' }, ledger.spoolAgeMs / 1000),
    gauge({ name: 'catraca.limiter.windows', help: 'Limits a minute that this process keeps credits of (20,000 at most).' }, limiter.size),
    gauge(
      { name: 'catraca.places.uncertain', help: 'Calls that may still have a place under a cap (10,000 at most).', unit: '{call}' },
      limiter.places.uncertain,
    ),
    gauge({ name: 'catraca.cache.memory', help: 'Answers of the response cache in this process.', unit: 'By' }, responseCache.memory.bytes),
    gauge({ name: 'catraca.cache.answers', help: 'How many these are.', unit: '{answer}' }, responseCache.memory.answers),
    gauge(
      { name: 'catraca.cache.unwritten', help: 'Answers on their way to the database (64 at most).', unit: '{answer}' },
      responseCache.memory.unwritten,
    ),
    gauge(
      { name: 'catraca.remembered', help: 'Clients and keys in memory (20,000 found and as many made-up ones at most, of each).' },
      clients.size,
    ),
  ]
  const quote = rates.find()
  if (quote) {
    const ageSeconds = Math.max(0, (Date.now() - quote.quotedAt.getTime()) / 1000)
    metrics.push(
      gauge({ name: 'catraca.exchange_rate', help: 'Reais for a dollar, as new calls are priced.' }, Number(quote.rate)),
      gauge({ name: 'catraca.exchange_rate.age', help: 'Since that rate was quoted.', unit: 's' }, ageSeconds),
    )
  }
  return metrics
}

function poolsOf({ database, store, upstream }: ObservedParts): Metric[] {
  const pools = Object.entries({ gateway: database.pool, owner: store.owner.pool })
  const upstreams = upstream.stats()
  return [
    gauge(
      { name: 'catraca.db.connections', help: 'Connections to the database, by what they do.', unit: '{connection}' },
      pools.flatMap(([pool, { total, idle }]) => [
        { labels: { pool, state: 'used' }, value: total - idle },
        { labels: { pool, state: 'idle' }, value: idle },
      ]),
    ),
    gauge(
      { name: 'catraca.db.waiting', help: 'Statements that wait for a connection.', unit: '{statement}' },
      pools.map(([pool, { waiting }]) => ({ labels: { pool }, value: waiting })),
    ),
    gauge(
      { name: 'catraca.upstream.connections', help: 'Connections to each provider’s host.', unit: '{connection}' },
      upstreams.map(({ origin, connected }) => ({ labels: { origin }, value: connected })),
    ),
    gauge(
      { name: 'catraca.upstream.requests', help: 'Requests under way, and those that wait for a connection.', unit: '{request}' },
      upstreams.flatMap(({ origin, running, queued }) => [
        { labels: { origin, state: 'running' }, value: running },
        { labels: { origin, state: 'waiting' }, value: queued },
      ]),
    ),
  ]
}

/** Of each target that answered or failed here: 1 while it is tried after the others. */
function targetsOf({ targetHealth }: ObservedParts): Metric[] {
  const targets = targetHealth.circuits(mostTargets)
  return [
    gauge(
      { name: 'catraca.target.failing', help: 'Is the target tried after the others because it keeps failing?' },
      targets.map(({ name, isFailing }) => ({ labels: { target: name }, value: isFailing ? 1 : 0 })),
    ),
  ]
}

async function booksOf(database: Database): Promise<Metric[]> {
  const [open, alerts, deadLetters] = await Promise.all([countOpenCalls(database), countAlerts(database), countDeadLetters(database)])
  const byKind = (pick: (count: (typeof alerts)[number]) => number) =>
    alerts.map((count) => ({ labels: { kind: count.kind }, value: pick(count) }))
  return [
    gauge({ name: 'catraca.admissions.open', help: 'Calls admitted and not settled, of all replicas.', unit: '{call}' }, open.calls),
    gauge({ name: 'catraca.admissions.overdue', help: 'Those whose time is over: orphans to be.', unit: '{call}' }, open.overdue),
    gauge({ name: 'catraca.admissions.age', help: 'Of the oldest of them.', unit: 's' }, open.oldest_seconds),
    gauge({ name: 'catraca.holds.open', help: 'Holds in budgets, of all replicas.', unit: '{hold}' }, open.holds),
    gauge({ name: 'catraca.dead_letters', help: 'Records that could not be booked.', unit: '{record}' }, deadLetters),
    gauge(
      { name: 'catraca.alerts.last_hour', help: 'Alerts of the last hour.', unit: '{alert}' },
      byKind(({ last_hour }) => last_hour),
    ),
    gauge(
      { name: 'catraca.alerts.undelivered', help: 'Alerts that wait to be told.', unit: '{alert}' },
      byKind(({ undelivered }) => undelivered),
    ),
  ]
}
