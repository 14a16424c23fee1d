import { GatewayError } from '../shared/errors.ts'
import type { CallOutcome, CallTrail, SettledCall } from './call-trail.ts'
import type { Counter, CounterSeries, Histogram, HistogramSeries, MetricRegistry } from './metric-registry.ts'
import { attribute, durationBounds, firstTokenBounds, providerName, stepBounds, tokenBounds } from './names.ts'

/** Callers choose names (any dated snapshot of a model is one): what comes after so many counts as `other`. */
const mostModels = 200
/** Kept together so that a call looks once. What falls out is looked up again. */
const mostKept = 2_000
const nanosPerUnit = 1e9

/** The series that calls of one kind to one target count in. */
interface TargetSeries {
  duration: HistogramSeries
  inputTokens: HistogramSeries
  outputTokens: HistogramSeries
  firstToken: HistogramSeries
  perToken: HistogramSeries
  costUsd: CounterSeries
  costBrl: CounterSeries
}

/** Counts calls: one look for what it counts in, and then only additions. */
export class CallMetrics {
  readonly #calls: Counter
  readonly #duration: Histogram
  readonly #tokens: Histogram
  readonly #firstToken: Histogram
  readonly #perToken: Histogram
  readonly #costUsd: Counter
  readonly #costBrl: Counter
  readonly #attempts: Counter
  readonly #fallbacks: Counter
  readonly #cache: Counter
  readonly #budgetRefusals: Counter
  readonly #limitRefusals: Counter
  readonly #refused: Counter
  readonly #clientCalls: Counter | undefined
  readonly #clientCost: Counter | undefined
  readonly #reserve: HistogramSeries
  readonly #settle: HistogramSeries
  readonly #overhead: HistogramSeries
  readonly #mostClients: number
  readonly #clients = new Set<string>()
  readonly #models = new Set<string>()
  readonly #targets = new Map<string, TargetSeries>()

  /** `mostClients`: how many clients have series of their own; 0 none. */
  constructor(registry: MetricRegistry, mostClients: number) {
    this.#mostClients = mostClients
    const calls = { unit: '{call}' }
    this.#calls = registry.counter({ ...calls, name: 'catraca.calls', help: 'Calls by how they ended; refused ones never had a row.' })
    this.#attempts = registry.counter({
      unit: '{attempt}',
      name: 'catraca.attempts',
      help: 'Requests to targets; error is empty where it answered.',
    })
    this.#fallbacks = registry.counter({ ...calls, name: 'catraca.fallbacks', help: 'Calls that another target answered, by why.' })
    this.#cache = registry.counter({
      ...calls,
      name: 'catraca.cache.lookups',
      help: 'Calls that looked into the response cache, by what was there.',
    })
    this.#budgetRefusals = registry.counter({ ...calls, name: 'catraca.budget.refusals', help: 'Calls that a budget refused.' })
    this.#limitRefusals = registry.counter({
      ...calls,
      name: 'catraca.limit.refusals',
      help: 'Calls that a limit a minute or a cap refused.',
    })
    this.#refused = registry.counter({
      unit: '{request}',
      name: 'catraca.http.refusals',
      help: 'Requests refused over HTTP, in the pipeline and before it.',
    })
    this.#costUsd = registry.counter({ name: 'catraca.cost.usd', help: 'What calls cost, in dollars.' })
    this.#costBrl = registry.counter({ name: 'catraca.cost.brl', help: 'What calls cost, in reais.' })
    const duration = { name: 'gen_ai.client.operation.duration', help: 'How long calls took that a provider was asked for.', unit: 's' }
    this.#duration = registry.histogram(duration, durationBounds)
    this.#tokens = registry.histogram({ name: 'gen_ai.client.token.usage', help: 'Tokens of a call.', unit: '{token}' }, tokenBounds)
    this.#firstToken = registry.histogram(
      { name: 'gen_ai.server.time_to_first_token', help: 'Until the first content of a stream.', unit: 's' },
      firstTokenBounds,
    )
    this.#perToken = registry.histogram(
      { name: 'gen_ai.server.time_per_output_token', help: 'For each token after the first.', unit: 's' },
      [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5],
    )
    const step = (name: string, help: string) => registry.histogram({ name, help, unit: 's' }, stepBounds).with({})
    this.#reserve = step('catraca.reserve.duration', 'Admitting a call into the ledger.')
    this.#settle = step('catraca.settle.duration', 'Until the record of a call cannot be lost.')
    this.#overhead = step('catraca.overhead.duration', 'Of a call, what the gateway itself took: all but its attempts.')
    if (mostClients > 0) {
      this.#clientCalls = registry.counter({ ...calls, name: 'catraca.client.calls', help: 'Calls of a client (CATRACA_METRICS_CLIENTS).' })
      this.#clientCost = registry.counter({ name: 'catraca.client.cost.usd', help: 'What calls of a client cost, in dollars.' })
    }
  }

  ended({ asked, settled, spent, startedMs }: CallTrail, { status, code, cache, error }: CallOutcome): void {
    this.#calls.with({ status, code, source: asked.source, [attribute.operation]: asked.operation }).add()
    if (cache !== 'off') this.#cache.with({ result: cache }).add()
    if (spent.reserve > 0) this.#reserve.observe(spent.reserve / 1000)
    if (spent.settle > 0) {
      this.#settle.observe(spent.settle / 1000)
      this.#overhead.observe((performance.now() - startedMs - spent.provider) / 1000)
    }
    if (settled) this.#settled(asked.operation, settled)
    else this.#refusedBy(code, error)
    if (this.#mostClients > 0) this.#ofClient(asked.client.slug, settled)
  }

  refusedOverHttp(code: string): void {
    this.#refused.with({ code }).add()
  }

  #settled(operation: string, call: SettledCall): void {
    // A cache hit asks no provider.
    if (call.attempts.length === 0) return
    const series = this.#seriesOf(operation, call)
    series.duration.observe(call.latencyMs / 1000)
    if (call.inputTokens > 0) series.inputTokens.observe(call.inputTokens)
    if (call.outputTokens > 0) series.outputTokens.observe(call.outputTokens)
    if (call.firstTokenMs !== undefined) {
      series.firstToken.observe(call.firstTokenMs / 1000)
      if (call.outputTokens > 1) series.perToken.observe((call.latencyMs - call.firstTokenMs) / 1000 / (call.outputTokens - 1))
    }
    if (call.costUsd !== undefined) series.costUsd.add(Number(call.costUsd) / nanosPerUnit)
    if (call.costBrl !== undefined) series.costBrl.add(Number(call.costBrl) / nanosPerUnit)
    for (const { provider, model, via, error = '' } of call.attempts) {
      this.#attempts.with({ ...this.#target(provider, model), via, error }).add()
    }
    if (call.wasFallback) {
      const code = call.attempts.find(({ error }) => error !== undefined)?.error ?? 'not_asked'
      this.#fallbacks.with({ ...this.#target(call.provider, call.modelName), code }).add()
    }
  }

  #refusedBy(code: string, error: unknown): void {
    if (!(error instanceof GatewayError)) return
    const { budget, limit, concurrency } = error.details as Record<string, Record<string, unknown> | undefined>
    if (budget) this.#budgetRefusals.with({ code, type: String(budget.type), period: String(budget.period) }).add()
    if (limit) this.#limitRefusals.with({ code, scope: String(limit.scope), unit: String(limit.unit) }).add()
    if (concurrency) this.#limitRefusals.with({ code, scope: String(concurrency.scope), unit: 'calls' }).add()
  }

  #seriesOf(operation: string, { provider, modelName, errorCode = '' }: SettledCall): TargetSeries {
    const key = `${operation}\n${provider}\n${modelName}\n${errorCode}`
    const known = this.#targets.get(key)
    if (known) return known
    const target = { [attribute.operation]: operation, ...this.#target(provider, modelName) }
    const tokens = (type: string) => this.#tokens.with({ ...target, [attribute.tokenType]: type })
    const series: TargetSeries = {
      duration: this.#duration.with({ ...target, [attribute.error]: errorCode }),
      inputTokens: tokens('input'),
      outputTokens: tokens('output'),
      firstToken: this.#firstToken.with(target),
      perToken: this.#perToken.with(target),
      costUsd: this.#costUsd.with(target),
      costBrl: this.#costBrl.with(target),
    }
    if (this.#targets.size >= mostKept) this.#targets.clear()
    this.#targets.set(key, series)
    return series
  }

  #target(provider: string, model: string): Record<string, string> {
    return { [attribute.provider]: providerName(provider), [attribute.requestModel]: nameWithin(this.#models, mostModels, model) }
  }

  #ofClient(slug: string, settled: SettledCall | undefined): void {
    const client = { client: nameWithin(this.#clients, this.#mostClients, slug) }
    this.#clientCalls?.with(client).add()
    if (settled?.costUsd !== undefined) this.#clientCost?.with(client).add(Number(settled.costUsd) / nanosPerUnit)
  }
}

/** The first so many names are told apart. */
function nameWithin(known: Set<string>, most: number, name: string): string {
  if (known.has(name)) return name
  if (known.size >= most) return 'other'
  known.add(name)
  return name
}
