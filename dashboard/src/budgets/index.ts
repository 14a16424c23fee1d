export { BudgetDialog, LimitField } from './budget-dialog.tsx'
export { amountProblem, type BudgetPeriod, type BudgetType, parseAmount } from './parse-amount.ts'
export { type BudgetKind, useBudgetName } from './use-budget-name.ts'
