import {
  type Attributes,
  context as activeContext,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import type { AskedCall, AttemptTimes, CallOutcome, CallTrail, TrailSpan } from './call-trail.ts'
import { attribute, providerName } from './names.ts'

const nanosPerUnit = 1e9

/** The span of one call. Attempts become its children when it ends, with the times they had: the way there does nothing for it. */
export class CallSpan implements TrailSpan {
  readonly #tracer: Tracer
  readonly #span: Span
  readonly #context: Context

  /** Child of what the caller sent as `traceparent`; else of what is active in this process (the library in somebody's application). */
  constructor(tracer: Tracer, asked: AskedCall) {
    this.#tracer = tracer
    const parent = asked.traceparent === undefined ? activeContext.active() : parentOf(asked)
    this.#span = tracer.startSpan(
      asked.operation,
      { kind: asked.traceparent === undefined && asked.source === 'library' ? SpanKind.INTERNAL : SpanKind.SERVER },
      parent,
    )
    this.#context = trace.setSpan(parent, this.#span)
  }

  /** For whoever is asked on this call's behalf. */
  get traceparent(): string {
    const { traceId, spanId, traceFlags } = this.#span.spanContext()
    return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
  }

  end(trail: CallTrail, outcome: CallOutcome, finishReason: string | undefined): void {
    const span = this.#span
    if (span.isRecording()) {
      const { asked, settled } = trail
      span.updateName(`${asked.operation} ${settled?.modelName ?? asked.requestedModel ?? ''}`.trimEnd())
      span.setAttributes(attributesOf(trail, outcome, finishReason))
      if (outcome.code !== '') span.setStatus({ code: SpanStatusCode.ERROR, message: outcome.code })
      for (const attempt of trail.attempts) this.#attempt(asked.operation, attempt)
    }
    span.end()
  }

  #attempt(
    operation: string,
    { provider, model, via, startedMs, endedMs, connectedMs, firstTokenMs, httpStatus, errorCode }: AttemptTimes,
  ): void {
    const attributes = {
      [attribute.operation]: operation,
      [attribute.provider]: providerName(provider),
      [attribute.requestModel]: model,
      [attribute.via]: via,
      [attribute.httpStatus]: httpStatus,
      [attribute.error]: errorCode,
    }
    const options = { kind: SpanKind.CLIENT, startTime: epochMs(startedMs), attributes: defined(attributes) }
    const span = this.#tracer.startSpan(`${operation} ${model}`, options, this.#context)
    if (connectedMs !== undefined) span.addEvent('connected', epochMs(startedMs + connectedMs))
    if (firstTokenMs !== undefined) span.addEvent('first_token', epochMs(startedMs + firstTokenMs))
    if (errorCode !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: errorCode })
    span.end(epochMs(endedMs))
  }
}

function attributesOf({ asked, settled }: CallTrail, { code, cache }: CallOutcome, finishReason: string | undefined): Attributes {
  return defined({
    [attribute.operation]: asked.operation,
    [attribute.callId]: asked.callId,
    [attribute.client]: asked.client.slug,
    [attribute.source]: asked.source,
    [attribute.requestModel]: asked.requestedModel ?? settled?.modelName,
    [attribute.maxTokens]: asked.maxOutputTokens,
    [attribute.provider]: settled && providerName(settled.provider),
    [attribute.responseModel]: settled?.modelName,
    [attribute.inputTokens]: settled?.inputTokens,
    [attribute.outputTokens]: settled?.outputTokens,
    [attribute.cachedTokens]: settled?.cachedTokens || undefined,
    [attribute.cacheWriteTokens]: settled?.cacheWriteTokens || undefined,
    [attribute.finishReasons]: finishReason === undefined ? undefined : [finishReason],
    [attribute.via]: settled?.via,
    [attribute.cache]: cache,
    [attribute.fallback]: settled?.fallbackReason,
    [attribute.costUsd]: settled?.costUsd === undefined ? undefined : Number(settled.costUsd) / nanosPerUnit,
    [attribute.costBrl]: settled?.costBrl === undefined ? undefined : Number(settled.costBrl) / nanosPerUnit,
    [attribute.error]: code === '' ? undefined : code,
  })
}

function defined(attributes: Record<string, Attributes[string]>): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined))
}

function epochMs(performanceMs: number): number {
  return performance.timeOrigin + performanceMs
}

/** W3C Trace Context. What is no valid one begins a trace of its own. */
function parentOf({ traceparent = '' }: AskedCall): Context {
  const [, traceId = '', spanId = '', flags = ''] = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})/.exec(traceparent) ?? []
  if (traceId === '' || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return ROOT_CONTEXT
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true })
}
