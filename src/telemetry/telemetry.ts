import { GatewayError } from '../shared/errors.ts'
import type { Log } from '../shared/log.ts'
import { CallMetrics } from './call-metrics.ts'
import { type AskedCall, type CallOutcome, CallTrail, type TrailSpan } from './call-trail.ts'
import { type Labels, MetricRegistry, type MetricSource } from './metric-registry.ts'
import { processMetrics } from './process-metrics.ts'
import { renderMetrics } from './render-metrics.ts'
import { describeSlowCall } from './slow-call.ts'

export interface TelemetryOptions {
  log: Log
  /** A call that takes at least so long is told in the log; undefined none. */
  slowCallMs: number | undefined
  /** Clients with series of their own; 0 none. */
  metricsClients: number
  /** Which of several processes on one port this is, as a label of all its metrics. */
  worker?: string | undefined
  /** Undefined: no traces. */
  openSpan?: ((asked: AskedCall) => TrailSpan) | undefined
  /** Is the call's span the parent of what a provider traces? */
  propagates?: boolean
  onClose?: () => Promise<void>
}

/** How a call ended that the pipeline did not throw out. */
interface EndedCall {
  cache: string
  finishReason: string | undefined
}

/**
 * What is known of calls in numbers: metrics always, traces where they are asked for, and lines about slow calls. Nothing here fails a call,
 * waits, or sees its content.
 */
export class Telemetry {
  readonly registry = new MetricRegistry()
  readonly #options: TelemetryOptions
  readonly #common: Labels
  readonly #calls: CallMetrics

  constructor(options: TelemetryOptions) {
    this.#options = options
    this.#common = options.worker === undefined ? {} : { worker: options.worker }
    this.#calls = new CallMetrics(this.registry, options.metricsClients)
    this.registry.observe(processMetrics())
  }

  /** A call has come in. The trail goes with it, and comes back to `end` once. */
  begin(asked: AskedCall): CallTrail {
    let span: TrailSpan | undefined
    try {
      span = this.#options.openSpan?.(asked)
    } catch (error) {
      this.#options.log.error('[Telemetry] a call has no trace', error)
    }
    return new CallTrail(asked, span)
  }

  /** To be sent to a provider with the call, where the operator wants that. */
  traceparentOf({ span }: CallTrail): string | undefined {
    return this.#options.propagates ? span?.traceparent : undefined
  }

  /** The call is over: with an end, or with what it was thrown out by. `wasLeft`: its caller had gone. Never throws. */
  end(trail: CallTrail, end: EndedCall | undefined, thrown: unknown, wasLeft: boolean): void {
    try {
      this.#tell(trail, outcomeOf(trail, end, thrown, wasLeft), end?.finishReason)
    } catch (error) {
      this.#options.log.error('[Telemetry] a call could not be told', error)
    }
  }

  #tell(trail: CallTrail, outcome: CallOutcome, finishReason: string | undefined): void {
    this.#calls.ended(trail, outcome)
    const { log, slowCallMs } = this.#options
    const tookMs = performance.now() - trail.startedMs
    if (slowCallMs !== undefined && tookMs >= slowCallMs)
      log.warn(describeSlowCall(trail, tookMs, outcome.code || outcome.status), idsOf(trail))
    log.call?.(callLine(trail, outcome, tookMs))
    trail.span?.end(trail, outcome, finishReason)
  }

  /** A request got no call, or its call was refused: also those that never reached the pipeline. */
  refusedOverHttp(code: string): void {
    this.#calls.refusedOverHttp(code)
  }

  /** Looked at when metrics are asked for. */
  observe(source: MetricSource): void {
    this.registry.observe(source)
  }

  /** Sends what an exporter still has. Never rejects. */
  async close(): Promise<void> {
    await this.#options.onClose?.()
  }

  /** All metrics in Prometheus' text format. Never rejects. */
  async collectMetrics(): Promise<string> {
    return renderMetrics(await this.registry.snapshot(), this.#common)
  }
}

function outcomeOf({ settled }: CallTrail, end: EndedCall | undefined, thrown: unknown, wasLeft: boolean): CallOutcome {
  if (settled && (end || !thrown))
    return { status: settled.status, code: settled.errorCode ?? '', cache: end?.cache ?? 'off', error: undefined }
  if (thrown instanceof GatewayError) return { status: 'refused', code: thrown.code, cache: 'off', error: thrown }
  return wasLeft
    ? { status: 'cancelled', code: '', cache: 'off', error: thrown }
    : { status: 'refused', code: 'internal', cache: 'off', error: thrown }
}

function idsOf({ asked }: CallTrail) {
  return { call_id: asked.callId, client_id: asked.client.id, client: asked.client.slug }
}

/** One call in the structured log: what its row says, and nothing of what was said. */
function callLine(trail: CallTrail, { status, code, cache }: CallOutcome, tookMs: number) {
  const { asked, settled } = trail
  return {
    ...idsOf(trail),
    source: asked.source,
    operation: asked.operation,
    status,
    ...(code !== '' && { code }),
    cache,
    took_ms: Math.round(tookMs),
    ...(settled && {
      provider: settled.provider,
      model: settled.modelName,
      via: settled.via,
      attempts: settled.attempts.length,
      input_tokens: settled.inputTokens,
      output_tokens: settled.outputTokens,
      first_token_ms: settled.firstTokenMs,
      cost_nano_usd: settled.costUsd?.toString(),
      cost_nano_brl: settled.costBrl?.toString(),
    }),
  }
}
