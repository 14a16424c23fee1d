import type { Admission, AttemptDetail, AttemptRecord, CallRecord, CallStatus } from '../ledger/index.ts'
import { paidBySystemCredentials } from '../providers/index.ts'
import { formatBrlForLog, formatUsd, type NanoBrl, type NanoUsd, nanoUsd, usdToBrl } from '../shared/money.ts'
import { type MeasuredUnits, sumUsage, type TokenUsage } from '../usage/index.ts'
import type { Answer, Call } from './call.ts'
import type { GatewayContext } from './gateway-context.ts'
import { type CallPlan, factsOf } from './plan-call.ts'
import type { AttemptsResult, MadeAttempt } from './run-attempts.ts'

/**
 * The one place where a call is recorded. Resolves once the record cannot be lost, so what comes after it may go to the caller.
 * `admission` is undefined for a call that went on while the ledger could not be asked.
 */
export async function settleCall<Out>(
  context: GatewayContext,
  call: Call<Out>,
  plan: CallPlan,
  admission: Admission | undefined,
  result: AttemptsResult<Out>,
  startedMs: number,
): Promise<Answer> {
  const { made, last, error, fallbackReason } = result
  const flags = made.flatMap(flagsOf)
  const usage = sumUsage(made.map(({ account }) => account.usage))
  const costUsd = nanoUsd(made.reduce((sum, { account }) => sum + account.costUsd, 0n))
  const costBrl = plan.rate && usdToBrl(costUsd, plan.rate.rate)
  const latencyMs = context.clock.nowMs() - startedMs
  const record: CallRecord = {
    ...factsOf(call, plan, last.target),
    callId: call.callId,
    clientId: call.client.id,
    createdAt: admission?.admittedAt ?? unadmittedAt(startedMs),
    unadmitted: admission === undefined,
    requestId: last.outcome.requestId,
    ...usage,
    units: unitsOf(made),
    latencyMs,
    firstTokenMs: last.outcome.firstTokenMs,
    wasCached: false,
    wasFallback: fallbackReason !== undefined,
    fallbackReason,
    attempts: made.map((attempt) => toAttemptRecord(attempt, plan, made.length > 1)),
    costUsd,
    costBrl,
    status: statusOf(call, result),
    errorCode: error?.code,
    flags: flags.length > 1 ? [...new Set(flags)] : flags,
  }
  await context.ledger.settle(record)
  if (call.trail) call.trail.settled = record
  logUsage(context, call, usage, costUsd, costBrl)
  return {
    ...answerOf(call, last, fallbackReason),
    usage,
    costUsd,
    costBrl,
    latencyMs,
  }
}

export function logUsage(
  { log }: GatewayContext,
  { callId, client }: Pick<Call<unknown>, 'callId' | 'client'>,
  usage: TokenUsage,
  costUsd: NanoUsd,
  costBrl: NanoBrl | undefined,
): void {
  const ids = { call_id: callId, client_id: client.id }
  log.info(`[Usage Tracking] Logged usage: ${usage.totalTokens} tokens, ${showCost(costBrl, costUsd)}`, ids)
}

/** Of all attempts together, in the one unit that the kind of call is counted in. */
function unitsOf(made: readonly MadeAttempt<unknown>[]): number | undefined {
  const counts = made.flatMap(({ account: { units } }) => unitsTotal(units) ?? [])
  return counts.length === 0 ? undefined : Math.round(counts.reduce((sum, count) => sum + count, 0) * 1000) / 1000
}

/** A call has units of one kind: seconds, characters or images. Undefined where it is counted in tokens only. */
export function unitsTotal({ audioMs, characters, images }: MeasuredUnits = {}): number | undefined {
  return audioMs === undefined ? (characters ?? images) : audioMs / 1000
}

/** Stands in for the time of admission in the key of a row that has none. */
export function unadmittedAt(startedMs: number): string {
  return new Date(startedMs).toISOString()
}

/** What is known of an answer from its target alone. */
export function answerOf<Out>(
  call: Call<Out>,
  attempt: Pick<MadeAttempt<Out>, 'target'> & Partial<MadeAttempt<Out>>,
  fallbackReason: string | undefined,
): Answer {
  return {
    callId: call.callId,
    model: attempt.target.modelName,
    provider: attempt.target.creator,
    via: attempt.target.via,
    cache: call.missedCache ? 'miss' : 'off',
    wasFallback: fallbackReason !== undefined,
    fallbackReason,
    usage: undefined,
    costUsd: undefined,
    costBrl: undefined,
    latencyMs: undefined,
    requestId: attempt.outcome?.requestId,
    finishReason: attempt.outcome?.report.finishReason,
    contentType: attempt.outcome?.contentType,
  }
}

function statusOf<Out>(call: Call<Out>, { made, error }: AttemptsResult<Out>): CallStatus {
  if (made.some(({ account }) => account.isEstimate)) return 'estimated'
  if (call.callerGone.aborted) return 'cancelled'
  return error ? 'error' : 'ok'
}

function toAttemptRecord(
  { target, outcome, account, wasOvertaken }: MadeAttempt<unknown>,
  plan: CallPlan,
  isOneOfSeveral: boolean,
): AttemptRecord {
  const { usage } = account
  const needsDetail = usage.totalTokens > 0 && (isOneOfSeveral || (usage.cacheWriteOneHourTokens ?? 0) > 0)
  return {
    provider: target.creator,
    model: target.modelName,
    via: target.via,
    status: outcome.httpStatus,
    error: wasOvertaken ? 'hedge_lost' : outcome.error?.code,
    requestId: outcome.requestId,
    latencyMs: outcome.latencyMs,
    costUsd: account.costUsd,
    tokens: usage.totalTokens,
    detail: needsDetail ? toAttemptDetail(usage, plan.models.get(target.identifier)?.priceId) : undefined,
  }
}

function toAttemptDetail(usage: TokenUsage, priceId: string | undefined): AttemptDetail {
  const { inputTokens, cachedTokens, cacheWriteTokens, cacheWriteOneHourTokens = 0, outputTokens } = usage
  return { priceId, inputTokens, cachedTokens, cacheWriteTokens, cacheWriteOneHourTokens, outputTokens }
}

function flagsOf({ account, outcome, wasOvertaken }: MadeAttempt<unknown>): string[] {
  const flags = wasOvertaken ? [...account.flags, 'hedge_lost'] : account.flags
  return paidBySystemCredentials(outcome.report.gatewayMetadata) ? [...flags, 'system_credentials'] : flags
}

function showCost(costBrl: NanoBrl | undefined, costUsd: NanoUsd): string {
  return costBrl === undefined ? `${formatUsd(costUsd, 'en')} (no exchange rate is known)` : formatBrlForLog(costBrl)
}
