import type { Kind } from '../dialects/index.ts'
import { type Model, totalCost } from '../pricing/index.ts'
import type { AttemptOutcome } from '../providers/index.ts'
import type { ErrorCode } from '../shared/errors.ts'
import type { NanoUsd } from '../shared/money.ts'
import { zeroUsd } from '../shared/money.ts'
import { checkUsage, type MeasuredUnits, noUsage, type TokenUsage, tokenUsage } from '../usage/index.ts'
import { isBilledByUnits } from './kind-of-call.ts'

/** A token is at least this many bytes of text on average, in any language that a budget here is spent in; low, so as not to undercount. */
const bytesPerToken = 3
/** No provider generates faster. */
const mostTokensPerMs = 1

/** What one attempt has taken, and how sure that is. */
export interface AttemptAccount {
  usage: TokenUsage
  /** Left out for what is counted in tokens only. */
  units?: MeasuredUnits
  costUsd: NanoUsd
  isEstimate: boolean
  flags: string[]
}

/** What the attempt's hold was made for, all answers together. */
export interface HeldTokens {
  inputTokens: number
  outputTokens: number
}

/**
 * What an attempt is charged: what the provider reports where that can be; else, when it may have generated something, an estimate,
 * never below what was streamed and never above the hold. Nothing for a request that never arrived or was refused outright.
 */
export function accountAttempt(
  outcome: AttemptOutcome<unknown>,
  model: Model,
  held: HeldTokens,
  { kind, wasOvertaken = false }: { kind?: Kind | undefined; wasOvertaken?: boolean } = {},
): AttemptAccount {
  if (!kind || kind.apiType === 'embeddings') return accountTokens(outcome, model, held, wasOvertaken)
  const wasServed = outcome.reached && !wasRefused(outcome)
  const byUnits = isBilledByUnits(model, kind.apiType)
  // What is billed by units alone need not say its tokens.
  const tokens =
    byUnits && outcome.report.usage === undefined ? priced(noUsage, model, false, []) : accountTokens(outcome, model, held, wasOvertaken)
  if (!wasServed) return tokens
  const { units, flag } = accountUnits(outcome, kind)
  const flags = byUnits ? [...tokens.flags, ...flag] : tokens.flags
  return {
    ...tokens,
    units,
    costUsd: totalCost(model, tokens.usage, units),
    isEstimate: tokens.isEstimate || (byUnits && flag.length > 0),
    flags: [...new Set(flags)],
  }
}

/** Above the bound by this much, what a provider reports is no count of this call. */
const absurdFactor = 10

/** What the provider reports; else what the request itself tells, or at worst its bound. */
function accountUnits(
  { report, finished }: AttemptOutcome<unknown>,
  { units, isMeasured }: Kind,
): { units: MeasuredUnits; flag: string[] } {
  const { units: said } = report
  if (finished && said && isPlausible(said, units)) return { units: said, flag: [] }
  if (finished && said === undefined && isMeasured) return { units, flag: [] }
  return { units, flag: [finished && said ? 'usage_rejected' : 'usage_missing'] }
}

function isPlausible(said: MeasuredUnits, bound: MeasuredUnits): boolean {
  return (Object.keys(said) as (keyof MeasuredUnits)[]).every((unit) => {
    const count = said[unit] ?? 0
    return Number.isSafeInteger(count) && count >= 0 && count <= ((bound[unit] ?? 0) + 60_000) * absurdFactor
  })
}

function accountTokens(outcome: AttemptOutcome<unknown>, model: Model, held: HeldTokens, wasOvertaken: boolean): AttemptAccount {
  const { report } = outcome
  if (report.usage && !isEmpty(report.usage, outcome)) {
    const check = checkUsage(report.usage, held)
    if (check.accepted && outcome.finished) return priced(check.usage, model, false, [])
    if (check.accepted) return priced(atLeast(check.usage, outcome, held), model, true, ['usage_missing'])
    return priced(estimate(outcome, held), model, true, ['usage_rejected'])
  }
  if (!outcome.reached || wasRefused(outcome)) return priced(noUsage, model, false, [])
  if (wasOvertaken && report.outputBytes === 0) return priced(beforeFirstWord(outcome, model, held), model, true, ['usage_missing'])
  return priced(estimate(outcome, held), model, true, ['usage_missing'])
}

/** By its status alone: who sends a call elsewhere has answered it as little as who refuses it. */
function wasRefused({ httpStatus }: AttemptOutcome<unknown>): boolean {
  return httpStatus !== undefined && httpStatus >= 300
}

function estimate(outcome: AttemptOutcome<unknown>, held: HeldTokens): TokenUsage {
  const { report, finished } = outcome
  if (isUnknown(outcome)) return tokenUsage({ ...held, outputTokens: Math.max(held.outputTokens, report.outputPieces) })
  const inputTokens = report.estimate?.inputTokens ?? Math.ceil(held.inputTokens / bytesPerToken)
  // What failed before its first word has read the prompt at the most.
  if (!finished && report.outputBytes === 0) return tokenUsage({ inputTokens })
  if (report.estimate && finished) return tokenUsage(report.estimate)
  return tokenUsage({ inputTokens, outputTokens: estimatedOutput(report, held) })
}

/**
 * Nothing was seen of its output and the provider did not say that it failed, or nobody was looking when it ended: only the whole hold is sure
 * to cover what it may bill.
 */
function isUnknown({ report, finished, unread = false, error }: AttemptOutcome<unknown>): boolean {
  return unread || (!finished && report.outputBytes === 0 && !(error && saidByProvider.has(error.code)))
}

/**
 * Of an attempt that was let go because another began to answer first, while its provider was at work for all we know: the prompt, and of a
 * model that thinks before it speaks all that it can have thought by then.
 */
function beforeFirstWord({ latencyMs }: AttemptOutcome<unknown>, { capabilities }: Model, held: HeldTokens): TokenUsage {
  const outputTokens = capabilities.reasoning ? Math.min(held.outputTokens, Math.ceil(latencyMs * mostTokensPerMs)) : 0
  return tokenUsage({ inputTokens: Math.ceil(held.inputTokens / bytesPerToken), outputTokens })
}

/** Codes of errors in the provider's own words, here within an answer that had begun with status 200. */
const saidByProvider: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'upstream_overloaded',
  'upstream_rate_limited',
  'upstream_invalid_request',
  'upstream_auth',
])

/**
 * Some providers report usage as they go, the input before any output: of an answer that broke off that is what was used until then, not
 * what will be billed. It holds the reasoning, which is not among what was seen.
 */
function atLeast(soFar: TokenUsage, outcome: AttemptOutcome<unknown>, held: HeldTokens): TokenUsage {
  const { report } = outcome
  const { totalTokens: _total, ...counts } = soFar
  if (isUnknown(outcome))
    return tokenUsage({ ...counts, outputTokens: Math.max(soFar.outputTokens, held.outputTokens, report.outputPieces) })
  // The hold caps what is guessed, and never what was seen.
  const guessed = Math.min(held.outputTokens, soFar.reasoningTokens + estimatedOutput(report, held))
  const seen = Math.max(report.outputPieces, guessed)
  return tokenUsage({ ...counts, outputTokens: Math.max(soFar.outputTokens, seen) })
}

/** Pieces are what was seen: where the hold's bound was not sent to the provider as its limit, there may be more of them than held. */
function estimatedOutput({ outputPieces, outputBytes }: AttemptOutcome<unknown>['report'], held: HeldTokens): number {
  return Math.max(outputPieces, Math.min(held.outputTokens, Math.ceil(outputBytes / bytesPerToken)))
}

/** Where a provider said nothing, an adapter may say zeros: but no prompt has no tokens, and no words have none once they are all told. */
function isEmpty(usage: TokenUsage, { report, finished }: AttemptOutcome<unknown>): boolean {
  return usage.inputTokens === 0 || (finished && usage.outputTokens === 0 && report.outputBytes > 0)
}

function priced(usage: TokenUsage, model: Model, isEstimate: boolean, flags: string[]): AttemptAccount {
  return { usage, costUsd: usage.totalTokens === 0 ? zeroUsd : totalCost(model, usage), isEstimate, flags }
}
