import { formatDecimal, nanoDigits } from '../shared/money.ts'
import type { BudgetType } from './budget-wish.ts'

/** An amount in a budget's own unit, for machines: tokens as a number, reais and dollars as an exact decimal string. */
export function plainAmount(amount: bigint, type: BudgetType): number | string {
  return type === 'tokens' ? Number(amount) : formatDecimal(amount, nanoDigits)
}
