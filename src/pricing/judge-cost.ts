import { formatDecimal, nanoDigits, nanoUsd, parseDecimal, toDecimal, usdToBrl } from '../shared/money.ts'
import type { MeasuredUnits, TokenUsage } from '../usage/index.ts'
import { cost, ratesFor } from './cost.ts'
import type { PriceVersion } from './price-version.ts'

export interface BookedAttempt {
  provider: string
  model: string
  /** A decimal; undefined where nobody wrote it down. */
  costUsd: string | undefined
  /** Input and output together. */
  tokens: number
  /** With `usage`, what makes this attempt's cost follow from the row alone. */
  priceId: string | undefined
  usage: TokenUsage | undefined
}

/** What a booked row says about its cost. Amounts and the rate are decimals, as `numeric` columns arrive. */
export interface BookedCost {
  apiType: string
  status: string
  wasCached: boolean
  priceId: string | undefined
  usage: TokenUsage
  /** Of a call that is billed, or may be, by minutes, characters or images. */
  units?: MeasuredUnits | undefined
  attempts: readonly BookedAttempt[]
  costUsd: string | null
  costBrl: string | null
  usdBrlRate: string | null
}

/**
 * Why a row's cost cannot be computed again from what the row says: `bound` (an orphan's figures are its hold's), `no_price` (no version is
 * named), `several_attempts` (more than one attempt, or one of another model than the row's, took tokens that the row only has the sum of),
 * `one_hour_cache_writes` (how many of its cache writes were of that kind is not on the row), `units` (how many minutes,
 * characters or images it was is not on the row).
 */
export type Undecidable = 'bound' | 'no_price' | 'several_attempts' | 'one_hour_cache_writes' | 'units'

export interface CostProblem {
  what: 'tokens' | 'price' | 'attempt_cost' | 'attempts_cost' | 'attempts_tokens' | 'cost_usd' | 'cost_brl'
  /** Decimals, in dollars, reais or tokens; null where there is none. For `price`, ids. */
  booked: string | null
  expected: string | null
}

export interface CostVerdict {
  problems: CostProblem[]
  /** Undefined where the cost in dollars was computed again. */
  undecidable: Undecidable | undefined
}

/**
 * Computes a row's cost again as it was booked: tokens × the row's price version, one rounding an attempt, and reais by the row's own rate.
 * What does not follow from the row alone is left undecided, never guessed. `versions` must hold every price version that the row names.
 */
export function judgeCost(booked: BookedCost, versions: ReadonlyMap<string, PriceVersion>): CostVerdict {
  const tokens = judgeTokens(booked.usage)
  if (booked.status === 'orphaned') return { problems: tokens, undecidable: 'bound' }
  const { problems, undecidable } = tokens.length > 0 ? { problems: tokens, undecidable: undefined } : judgeUsd(booked, versions)
  return { problems: [...problems, ...judgeAttempts(booked), ...judgeBrl(booked)], undecidable }
}

/** Every price version that a row names. */
export function priceIdsOf({ priceId, attempts }: Pick<BookedCost, 'priceId' | 'attempts'>): string[] {
  return [priceId, ...attempts.map((attempt) => attempt.priceId)].filter((id) => id !== undefined)
}

function judgeTokens({ inputTokens, cachedTokens, cacheWriteTokens, outputTokens, totalTokens }: TokenUsage): CostProblem[] {
  if (inputTokens + outputTokens !== totalTokens) return differs('tokens', String(totalTokens), String(inputTokens + outputTokens))
  const parts = cachedTokens + cacheWriteTokens
  return parts > inputTokens ? differs('tokens', String(parts), `at most ${inputTokens}`) : []
}

function judgeUsd(booked: BookedCost, versions: ReadonlyMap<string, PriceVersion>): CostVerdict {
  const fine = (undecidable?: Undecidable): CostVerdict => ({ problems: [], undecidable })
  if (booked.wasCached) return { problems: differs('cost_usd', booked.costUsd, '0'), undecidable: undefined }
  if (booked.priceId === undefined && booked.costUsd === null) return fine('no_price')
  const pieces = piecesOf(booked)
  if (typeof pieces === 'string') return fine(pieces)
  let least = 0n
  let most = 0n
  const problems: CostProblem[] = []
  for (const { priceId, usage, units, costUsd } of pieces) {
    if (priceId === undefined) return fine('no_price')
    const version = versions.get(priceId)
    if (!version) return { problems: differs('price', priceId, null), undecidable: undefined }
    const range = rangeOf(version, usage, units)
    least += range.least
    most += range.most
    if (costUsd !== undefined && range.least === range.most) problems.push(...differs('attempt_cost', costUsd, formatNanos(range.least)))
  }
  const amount = nanos(booked.costUsd)
  if (amount === least || amount === most) return { problems, undecidable: undefined }
  // Between the two, what it came to depends on how many cache writes were for an hour, and the row does not say.
  if (amount !== undefined && amount > least && amount < most) return { problems, undecidable: 'one_hour_cache_writes' }
  return { problems: [...problems, ...differs('cost_usd', booked.costUsd, formatNanos(least))], undecidable: undefined }
}

interface Piece {
  priceId: string | undefined
  usage: TokenUsage
  units?: MeasuredUnits
  costUsd: string | undefined
}

/** What was priced one by one, or why that cannot be told. */
function piecesOf(booked: BookedCost): Piece[] | Undecidable {
  const { apiType, priceId, usage, attempts } = booked
  if (apiType !== 'chat' && apiType !== 'embeddings') return unitPieces(booked)
  const paid = attempts.filter(({ tokens }) => tokens > 0)
  const whole = [{ priceId, usage, costUsd: undefined }]
  if (attempts.length === 0) return usage.totalTokens === 0 ? [] : whole
  const itemised = paid.flatMap((attempt) => (attempt.usage ? [{ ...attempt, usage: attempt.usage }] : []))
  if (itemised.length === paid.length) return itemised
  const [only, more] = paid
  const last = attempts.at(-1)
  // The row's price is that of its last attempt.
  return only && !more && only.provider === last?.provider && only.model === last.model ? whole : 'several_attempts'
}

/** Units stand on the row as one sum, so that they follow from it only where one attempt, of the row's own model, was charged. */
function unitPieces({ apiType, priceId, usage, units, attempts }: BookedCost): Piece[] | Undecidable {
  const paid = attempts.filter((attempt) => attempt.tokens > 0 || nanos(attempt.costUsd ?? null) !== 0n)
  if (attempts.length > 0 && paid.length === 0) return []
  if (units === undefined && apiType !== 'moderation') return 'units'
  const last = attempts.at(-1)
  const isLast = paid.length === 1 && paid[0]?.provider === last?.provider && paid[0]?.model === last?.model
  return isLast ? [{ priceId, usage, ...(units && { units }), costUsd: undefined }] : 'several_attempts'
}

function rangeOf({ prices }: PriceVersion, usage: TokenUsage, units?: MeasuredUnits): { least: bigint; most: bigint } {
  const plain = cost({ prices }, usage, units).total
  const { cacheWrite, cacheWriteOneHour } = ratesFor(prices, usage.inputTokens)
  if (usage.cacheWriteOneHourTokens !== undefined || cacheWrite === cacheWriteOneHour) return { least: plain, most: plain }
  const allOneHour = cost({ prices }, { ...usage, cacheWriteOneHourTokens: usage.cacheWriteTokens }, units).total
  return plain < allOneHour ? { least: plain, most: allOneHour } : { least: allOneHour, most: plain }
}

/** A row is the sum of its attempts, whatever each of them was priced at. */
function judgeAttempts({ attempts, usage, costUsd }: BookedCost): CostProblem[] {
  const costs = attempts.map((attempt) => nanos(attempt.costUsd ?? null))
  if (attempts.length === 0 || costs.includes(undefined)) return []
  const tokens = attempts.reduce((sum, attempt) => sum + attempt.tokens, 0)
  const sum = costs.reduce((total: bigint, one) => total + (one ?? 0n), 0n)
  return [
    ...differs('attempts_tokens', String(tokens), String(usage.totalTokens)),
    ...(nanos(costUsd) === sum ? [] : differs('attempts_cost', formatNanos(sum), costUsd)),
  ]
}

function judgeBrl({ costUsd, costBrl, usdBrlRate }: BookedCost): CostProblem[] {
  const usd = nanos(costUsd)
  if (usd === undefined && costUsd !== null) return differs('cost_usd', costUsd, 'whole nano-dollars')
  const expected = usd === undefined || usdBrlRate === null ? undefined : usdToBrl(nanoUsd(usd), usdBrlRate)
  if (expected === undefined ? costBrl === null : nanos(costBrl) === expected) return []
  return differs('cost_brl', costBrl, expected === undefined ? null : toDecimal(expected))
}

/** Undefined for what is not there, and for what is finer than any amount is booked. */
function nanos(decimal: string | null): bigint | undefined {
  if (decimal === null) return undefined
  try {
    return parseDecimal(decimal, nanoDigits)
  } catch {
    return undefined
  }
}

function formatNanos(amount: bigint): string {
  return formatDecimal(amount, nanoDigits)
}

function differs(what: CostProblem['what'], booked: string | null, expected: string | null): CostProblem[] {
  const same = booked !== null && expected !== null && nanos(booked) !== undefined && nanos(booked) === nanos(expected)
  return same ? [] : [{ what, booked: shortened(booked), expected: shortened(expected) }]
}

function shortened(decimal: string | null): string | null {
  const amount = nanos(decimal)
  return amount === undefined ? decimal : formatNanos(amount)
}
