import type { Queryable } from '../database/index.ts'
import { type AdmissionRow, type CallMoveRow, type CallRow, type CallStory, getCall, plainAmount } from '../ledger/index.ts'
import {
  type BookedCost,
  type CostVerdict,
  explainCost,
  judgeCost,
  loadPriceVersions,
  type PriceVersion,
  priceIdsOf,
} from '../pricing/index.ts'
import { divide, formatDecimal, nanoDigits, nanoUsd, toDecimal } from '../shared/money.ts'
import { listAttempts, toBookedCost } from './booked-cost.ts'

/** Where one call's cost comes from. Amounts are exact decimals in their own currency, tokens are numbers. */
export interface CallExplanation {
  call_id: string
  /** `archived`: only its adjustments are here; its row was put away with its month. */
  state: 'settled' | 'in_flight' | 'not_booked' | 'archived'
  /** More than one row of a call would be a fault. */
  rows: number
  call: ReturnType<typeof describeRow> | undefined
  cost: ReturnType<typeof describeCost> | undefined
  price: ReturnType<typeof describePrice> | undefined
  rate: { brl_for_one_usd: string; source: string | null; quoted_at: unknown } | undefined
  attempts: Record<string, unknown>[]
  charges: ReturnType<typeof describeMove>[]
  /** Budgets that took another's place after the call was booked, and count it in what they began with. */
  openings: ReturnType<typeof describeMove>[]
  adjustments: ReturnType<typeof describeAdjustment>[]
  admission: ReturnType<typeof describeAdmission> | undefined
  holds: ReturnType<typeof describeMove>[]
  dead_letters: { created_at: Date; error: string; record: Record<string, unknown> }[]
}

/** `id` is a call id or a request id of a provider. Throws as `getCall` does. */
export async function explainCall(db: Queryable, id: string): Promise<CallExplanation> {
  const story = await getCall(db, id)
  const [row] = story.rows
  const booked = row && toBookedCost(row)
  const admission = story.admission
  const ids = booked ? priceIdsOf(booked) : [textOf(admission?.estimate.price_id)].filter((one) => one !== undefined)
  const versions = await loadPriceVersions(db, ids)
  const price = versions.get(booked?.priceId ?? ids[0] ?? '')
  const kinds = (kind: CallMoveRow['kind']) => story.moves.filter((move) => move.kind === kind)
  return {
    call_id: story.callId,
    state: row ? 'settled' : admission ? 'in_flight' : story.moves.some((move) => move.kind === 'adjustment') ? 'archived' : 'not_booked',
    rows: story.rows.length,
    call: row && describeRow(row),
    cost: booked && describeCost(booked, judgeCost(booked, versions), price),
    price: price && describePrice(price),
    rate: rateOf(story),
    attempts: listAttempts(row?.attempts),
    charges: kinds('charge').map(describeMove),
    openings: kinds('opening').map(describeMove),
    adjustments: kinds('adjustment').map(describeAdjustment),
    admission: admission && describeAdmission(admission),
    holds: kinds('hold').map(describeMove),
    dead_letters: story.deadLetters,
  }
}

function describeRow(row: CallRow) {
  const { attempts: _attempts, cost_usd: _usd, cost_brl: _brl, usd_brl_rate: _rate, rate_source: _source, rate_at: _at, ...facts } = row
  return facts
}

function describeCost(booked: BookedCost, verdict: CostVerdict, price: PriceVersion | undefined) {
  const isCounted = verdict.undecidable === undefined && verdict.problems.length === 0
  const isOfOnePrice =
    verdict.undecidable === undefined && booked.attempts.filter(({ tokens }) => tokens > 0).length <= 1 && !booked.wasCached
  // Its parts are products of tokens: what is billed by units has none.
  const isByTokens = price && [price.prices.audioMinute, price.prices.character, price.prices.image].every((rate) => rate === undefined)
  const explained = isByTokens && isOfOnePrice && isConsistent(booked) ? explainCost(price.prices, booked.usage) : undefined
  return {
    usd: booked.costUsd,
    brl: booked.costBrl,
    /** The parts come to `usd`, and `usd` at the rate to `brl`; null where that cannot be told from the row. */
    agrees: verdict.problems.length > 0 ? false : isCounted ? true : null,
    why_undecidable: verdict.undecidable ?? null,
    problems: verdict.problems,
    tier_above_input_tokens: explained?.tierAboveInputTokens ?? null,
    parts: (explained?.parts ?? []).map(({ part, tokens, nanoUsdPerMillion }) => ({
      part,
      tokens,
      usd_per_million: formatDecimal(nanoUsdPerMillion, nanoDigits),
      // A price has nano-dollars for a million: six digits more hold every product exactly.
      usd: formatDecimal(BigInt(tokens) * nanoUsdPerMillion, nanoDigits + 6),
    })),
    parts_usd: explained ? toDecimal(explained.total) : null,
  }
}

function isConsistent({ usage }: BookedCost): boolean {
  return usage.cachedTokens + usage.cacheWriteTokens <= usage.inputTokens
}

function describePrice(price: PriceVersion) {
  return {
    id: price.id,
    model: price.gatewayIdentifier,
    source: price.source,
    reference: price.reference ?? null,
    valid_from: price.validFrom,
    valid_to: price.validTo ?? null,
  }
}

function rateOf({ rows: [row], admission }: CallStory): CallExplanation['rate'] {
  if (row) {
    return row.usd_brl_rate === null ? undefined : { brl_for_one_usd: row.usd_brl_rate, source: row.rate_source, quoted_at: row.rate_at }
  }
  const rate = textOf(admission?.estimate.usd_brl_rate)
  const source = textOf(admission?.estimate.rate_source) ?? null
  return rate === undefined ? undefined : { brl_for_one_usd: rate, source, quoted_at: textOf(admission?.estimate.rate_at) ?? null }
}

function describeMove(move: CallMoveRow) {
  const plain = (amount: bigint | null) => (amount === null ? null : move.type === null ? String(amount) : plainAmount(amount, move.type))
  return {
    budget_id: move.budget_id,
    /** Null: the budget was deleted since, and the amount is in its integer unit. */
    type: move.type,
    period: move.period,
    hard: move.pause_at_limit,
    /** Set where another budget took this one's place. */
    retired_at: move.retired_at,
    period_start: move.period_start,
    period_end: move.period_end,
    time_zone: move.time_zone,
    amount: plain(move.amount),
    /** The period as it stands now, with all other calls. */
    period_used: plain(move.used),
    period_reserved: plain(move.reserved),
    period_limit: plain(move.limit),
  }
}

function describeAdjustment(move: CallMoveRow) {
  return { ...describeMove(move), reason: move.reason, made_at: move.at, truth: move.truth }
}

function describeAdmission(admission: AdmissionRow) {
  const { estimate, output_tokens } = admission
  return {
    client: admission.client,
    time_zone: admission.time_zone,
    replica: admission.replica,
    admitted_at: admission.admitted_at,
    expires_at: admission.expires_at,
    is_expired: admission.is_expired,
    model: `${textOf(estimate.provider) ?? '?'}/${textOf(estimate.model_name) ?? '?'}`,
    via: textOf(estimate.via) ?? null,
    output_tokens: Number(output_tokens),
    at_most: {
      tokens: boundOf(admission, 'tokens'),
      usd: boundOf(admission, 'usd'),
      brl: boundOf(admission, 'brl'),
    },
  }
}

/** What the call would be booked at if nobody settled it. */
function boundOf({ bounds, output_tokens }: AdmissionRow, type: 'tokens' | 'usd' | 'brl'): string | number | null {
  const bound = bounds[type]
  if (!bound) return null
  return plainAmount(nanoUsd(BigInt(bound.fixed) + divide(output_tokens * BigInt(bound.per_million), 1_000_000n, 'up')), type)
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
