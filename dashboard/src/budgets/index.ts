export { BudgetDialog, LimitField } from './budget-dialog.tsx'
export { amountProblem, type BudgetPeriod, type BudgetType, parseAmount, typedAmount } from './parse-amount.ts'
export { useBudgetName } from './use-budget-name.ts'
