import { errorCode } from '../shared/error-code.ts'
import { InvalidRequestError } from '../shared/errors.ts'
import { parseDecimal } from '../shared/money.ts'
import type { BudgetSettingsRow } from './sql/upsert-budget.ts'

export type BudgetType = 'tokens' | 'brl' | 'usd'
export type BudgetPeriod = 'daily' | 'weekly' | 'monthly'
/** Per cent of the limit. */
export type AlertThreshold = 80 | 90 | 100

export interface BudgetKind {
  type: BudgetType
  period: BudgetPeriod
}

/** What is undefined stays as it is; a new budget is soft and alerts at all three thresholds. */
export interface BudgetSettings {
  /** A decimal number in the budget's own unit: tokens, reais or dollars. */
  limit?: string | undefined
  isHard?: boolean | undefined
  alerts?: readonly AlertThreshold[] | undefined
}

export interface BudgetChange extends BudgetSettings {
  type?: BudgetType | undefined
  period?: BudgetPeriod | undefined
}

/** As people say it: `monthly brl`. */
export function nameKind({ type, period }: BudgetKind): string {
  return `${period} ${type}`
}

/** Answers the limit in the budget's integer unit; throws InvalidRequestError `invalid_body`. */
export function checkLimit(type: BudgetType, limit: string): bigint {
  const refuse = (why: string) => {
    throw new InvalidRequestError('invalid_body', `"${limit}" is no limit: ${why}`)
  }
  if (!/^[+-]?\d+(\.\d+)?$/.test(limit)) refuse('write a number such as 100000 or 49.90, with a point and without separators')
  const value = Number(limit)
  if (value <= 0) refuse('it must be above 0. To stop a client, pause the budget (catraca budget pause)')
  if (value >= 9_000_000_000) refuse('it must be below 9,000,000,000')
  const [whole = '', fraction = ''] = limit.replace('+', '').split('.')
  const decimals = fraction.replace(/0+$/, '')
  if (type === 'tokens' && decimals !== '') refuse('tokens are whole numbers')
  if (decimals.length > 9) refuse('it may have at most 9 decimals')
  return type === 'tokens' ? BigInt(whole) : parseDecimal(`${whole}.${decimals.padEnd(1, '0')}`, 9)
}

/** A limit is an amount of the type: it does not go over into another. */
export function checkChange(from: BudgetKind, to: BudgetChange): void {
  const type = to.type ?? from.type
  if (to.limit !== undefined) checkLimit(type, to.limit)
  else if (type !== from.type) {
    throw new InvalidRequestError('invalid_body', `A limit in ${from.type} says nothing in ${type}: give the new limit too`)
  }
}

/** The database says in words which kind is there already. */
export async function refuseTakenKind<T>(change: () => Promise<T>): Promise<T> {
  try {
    return await change()
  } catch (error) {
    if (!(error instanceof Error) || errorCode(error) !== '23505') throw error
    throw new InvalidRequestError('invalid_body', sentence(error.message), { cause: error })
  }
}

export function toSettingsRow({ limit, isHard, alerts }: BudgetSettings): BudgetSettingsRow {
  const at = (threshold: AlertThreshold) => alerts?.includes(threshold) ?? null
  return { limit: limit ?? null, isHard: isHard ?? null, at80: at(80), at90: at(90), at100: at(100) }
}

export function alertsOf(row: {
  alert_threshold_80: boolean
  alert_threshold_90: boolean
  alert_threshold_100: boolean
}): AlertThreshold[] {
  const thresholds: [AlertThreshold, boolean][] = [
    [80, row.alert_threshold_80],
    [90, row.alert_threshold_90],
    [100, row.alert_threshold_100],
  ]
  return thresholds.filter(([, isOn]) => isOn).map(([threshold]) => threshold)
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
}
