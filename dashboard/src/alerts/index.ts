export { type Alert, alertKinds, alertTones } from './alert.ts'
export { type BudgetKind, useBudgetWords } from './use-budget-words.ts'
