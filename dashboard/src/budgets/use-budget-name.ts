import { useTranslation } from 'react-i18next'
import type { BudgetPeriod, BudgetType } from './parse-amount.ts'

/** "Orçamento diário em reais", as the gateway's own refusals call it. */
export function useBudgetName(): (kind: { type: BudgetType; period: BudgetPeriod }) => string {
  const { t } = useTranslation('budgets')
  return ({ type, period }) => t('name', { period: t(`adjectives.${period}`), type: t(`types.${type}`) })
}
