import { useTranslation } from 'react-i18next'

export interface BudgetKind {
  type: 'tokens' | 'brl' | 'usd'
  period: 'daily' | 'weekly' | 'monthly'
}

/** A budget by its kind, within a sentence: "orçamento diário em reais". */
export function useBudgetWords(): (kind: BudgetKind) => string {
  const { t } = useTranslation('alerts')
  return ({ type, period }) => t('budget.name', { period: t(`budget.periods.${period}`), type: t(`budget.types.${type}`) })
}
