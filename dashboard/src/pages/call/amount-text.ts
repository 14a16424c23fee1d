import type { Format } from '../../format/index.ts'

/** An amount in its own unit, and a dash for none. Of an unknown unit the bare number. */
export function amountText(format: Format, amount: string | number | null, unit: 'brl' | 'usd' | 'tokens' | null): string {
  if (amount === null) return '–'
  return unit === null ? format.number(amount) : format.amount(amount, unit)
}

/** Money to its last digit, so that parts visibly come to their sum. */
export function exactText(format: Format, amount: string, currency: 'US$' | 'R$'): string {
  return `${currency} ${format.number(amount, 18)}`
}
