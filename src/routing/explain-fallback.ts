import type { Target } from '../providers/index.ts'
import type { ErrorCode, GatewayError } from '../shared/errors.ts'
import { targetName } from './target-name.ts'

const longestReason = 200

const words: Partial<Record<ErrorCode, string>> = {
  upstream_timeout: 'did not answer in time',
  upstream_unreachable: 'could not be reached',
  stream_cut: 'broke off its answer',
  malformed_response: 'sent an answer that made no sense',
}

/**
 * Why a target was given up for the next one, for the call's row and the `x-catraca-fallback` header: printable ASCII, one line, and
 * no word of the provider's own.
 *
 * @example `upstream_overloaded: openai/gpt-4o-mini via direct answered 503`
 */
export function explainFallback(failed: { target: Target; error: GatewayError; httpStatus: number | undefined }): string {
  const { target, error, httpStatus } = failed
  const what = httpStatus !== undefined && httpStatus >= 400 ? `answered ${httpStatus}` : (words[error.code] ?? 'failed')
  return inHeader(`${error.code}: ${targetName(target)} ${what}`)
}

/** The same for a target that was not tried first, because it has been failing with `code`. */
export function explainPassedOver(target: Target, code: ErrorCode): string {
  return inHeader(`${code}: ${targetName(target)} is failing and was passed over`)
}

/** The same for a requested model that was never tried, because there is no shared key for it on any route. */
export function explainWithoutKey(requested: string): string {
  return inHeader(`gateway_without_keys: ${requested} has no shared key`)
}

/** The same for a target whose first word took so long that the next one was asked as well, and began first. */
export function explainHedge(slow: Target, afterMs: number): string {
  return inHeader(`hedge_lost: ${targetName(slow)} had said nothing after ${afterMs} ms`)
}

/** The same for the cheaper model that an alias means while a budget is nearly used up. */
export function explainDowngrade(budget: { percent: number; type: string; period: string }, model: string): string {
  return inHeader(`budget_threshold: ${budget.percent} % of the ${budget.period} ${budget.type} budget is used, so ${model} is asked`)
}

function inHeader(reason: string): string {
  return reason.replace(/[^\x20-\x7e]+/g, '?').slice(0, longestReason)
}
