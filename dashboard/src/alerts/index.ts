export { type BudgetKind, useBudgetWords } from './use-budget-words.ts'
