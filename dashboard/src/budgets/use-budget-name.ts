import { useTranslation } from 'react-i18next'
import type { BudgetPeriod, BudgetType } from './parse-amount.ts'

export interface BudgetKind {
  type: BudgetType
  period: BudgetPeriod
}

/** "Orçamento diário em reais", as the gateway's own refusals call it; `inside` a sentence "orçamento diário em reais". */
export function useBudgetName(place: 'first' | 'inside' = 'first'): (kind: BudgetKind) => string {
  const { t, i18n } = useTranslation('budgets')
  return ({ type, period }) => {
    const name = t('name', { period: t(`adjectives.${period}`), type: t(`types.${type}`) })
    return place === 'first' ? name : name.charAt(0).toLocaleLowerCase(i18n.language) + name.slice(1)
  }
}
