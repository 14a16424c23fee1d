import type { Texts } from '../languages.ts'
import type { portalBudgets as source } from '../pt-br/portal-budgets.ts'

export const portalBudgets: Texts<typeof source> = {
  title: 'Budgets',
}
