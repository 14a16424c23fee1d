import type { CallRecord } from '../ledger/index.ts'
import type { Target } from '../providers/index.ts'
import { divide, nanoBrl, nanoUsd } from '../shared/money.ts'
import { noUsage, tokenUsage } from '../usage/index.ts'
import type { Call } from './call.ts'
import { type CallPlan, factsOf } from './plan-call.ts'
import { unadmittedAt, unitsTotal } from './settle-call.ts'

/** What a call that was never admitted is charged if nobody lives to settle it: as an expired hold, its upper bound. */
export function presumeCall<Out>(call: Call<Out>, plan: CallPlan, target: Target, startedMs: number): CallRecord {
  const { bounds, outputTokens } = plan
  const ofOutput = ({ fixed, perMillionOutput }: { fixed: bigint; perMillionOutput: bigint }) =>
    fixed + divide(BigInt(outputTokens) * perMillionOutput, 1_000_000n, 'up')
  return {
    ...factsOf(call, plan, target),
    callId: call.callId,
    clientId: call.client.id,
    createdAt: unadmittedAt(startedMs),
    unadmitted: true,
    requestId: undefined,
    ...(bounds.tokens.fixed === 0n
      ? noUsage
      : tokenUsage({ inputTokens: call.demand.inputTokensBound, outputTokens: outputTokens * call.demand.choices })),
    units: call.demand.kind && unitsTotal(call.demand.kind.units),
    latencyMs: 0,
    firstTokenMs: undefined,
    wasCached: false,
    wasFallback: false,
    fallbackReason: undefined,
    attempts: [],
    costUsd: bounds.usd && nanoUsd(ofOutput(bounds.usd)),
    costBrl: bounds.brl && nanoBrl(ofOutput(bounds.brl)),
    status: 'orphaned',
    errorCode: undefined,
  }
}
