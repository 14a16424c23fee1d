import { toDecimal } from '../shared/money.ts'
import type { AttemptRecord, Bound, CallBounds, CallFacts, CallRecord } from './call-record.ts'

/** The columns that are known at admission, as JSON for `ledger_reserve`. */
export function toEstimateRow(facts: CallFacts): Record<string, unknown> {
  return {
    source: facts.source,
    api_type: facts.apiType,
    provider: facts.provider,
    model_name: facts.modelName,
    requested_model: facts.requestedModel,
    via: facts.via,
    conversation_id: facts.conversationId,
    phone: facts.phone,
    usd_brl_rate: facts.usdBrlRate,
    rate_source: facts.rateSource,
    // As text: a Date anywhere in a value makes JSON.stringify take four times as long.
    rate_at: facts.rateAt?.toISOString(),
    price_id: facts.priceId,
    flags: facts.flags,
    cached_tokens: 0,
    cache_write_tokens: 0,
    reasoning_tokens: 0,
    was_cached: false,
    was_fallback: false,
    attempts: [],
  }
}

/** A whole row, as JSON for `ledger_settle`. Money goes as exact decimals in strings. */
export function toRow(record: CallRecord): Record<string, unknown> {
  return {
    ...toEstimateRow(record),
    call_id: record.callId,
    client_id: record.clientId,
    created_at: record.createdAt,
    unadmitted: record.unadmitted || undefined,
    request_id: record.requestId,
    input_tokens: record.inputTokens,
    output_tokens: record.outputTokens,
    cached_tokens: record.cachedTokens,
    cache_write_tokens: record.cacheWriteTokens,
    reasoning_tokens: record.reasoningTokens,
    total_tokens: record.totalTokens,
    units: record.units,
    latency_ms: Math.round(record.latencyMs),
    first_token_ms: record.firstTokenMs === undefined ? undefined : Math.round(record.firstTokenMs),
    was_cached: record.wasCached,
    was_fallback: record.wasFallback,
    fallback_reason: record.fallbackReason,
    attempts: record.attempts.map(toAttempt),
    cost_usd: record.costUsd === undefined ? undefined : toDecimal(record.costUsd),
    cost_brl: record.costBrl === undefined ? undefined : toDecimal(record.costBrl),
    saved_usd: record.savedUsd === undefined ? undefined : toDecimal(record.savedUsd),
    saved_brl: record.savedBrl === undefined ? undefined : toDecimal(record.savedBrl),
    status: record.status,
    error_code: record.errorCode,
  }
}

export function toBounds(bounds: CallBounds): Record<string, unknown> {
  return { tokens: toBound(bounds.tokens), usd: toBound(bounds.usd), brl: toBound(bounds.brl) }
}

/** JSON that PostgreSQL can store: its text has no NUL, and half of a surrogate pair (a message cut within an emoji) is none. */
export function toJson(value: unknown): string {
  const json = JSON.stringify(value)
  if (!json.includes('\\u') || !/\\u(?:0000|d[89a-f])/.test(json)) return json
  return JSON.stringify(value, (_, field: unknown) => (typeof field === 'string' ? field.toWellFormed().replaceAll('\0', '') : field))
}

function toBound(bound: Bound | undefined): Record<string, unknown> | undefined {
  return bound && { fixed: String(bound.fixed), per_million: String(bound.perMillionOutput) }
}

function toAttempt(attempt: AttemptRecord): Record<string, unknown> {
  return {
    provider: attempt.provider,
    model: attempt.model,
    via: attempt.via,
    status: attempt.status,
    error: attempt.error,
    request_id: attempt.requestId,
    latency_ms: Math.round(attempt.latencyMs),
    cost_usd: attempt.costUsd === undefined ? undefined : toDecimal(attempt.costUsd),
    tokens: attempt.tokens,
    ...(attempt.detail && {
      price_id: attempt.detail.priceId,
      input_tokens: attempt.detail.inputTokens,
      cached_tokens: attempt.detail.cachedTokens,
      cache_write_tokens: attempt.detail.cacheWriteTokens,
      cache_write_1h_tokens: attempt.detail.cacheWriteOneHourTokens,
      output_tokens: attempt.detail.outputTokens,
    }),
  }
}
