import { useTranslation } from 'react-i18next'
import type { Alert } from '../../alerts/index.ts'
import { urlOf } from '../../api/index.ts'
import { useBudgetName } from '../../budgets/index.ts'
import { createFormat, useFormat } from '../../format/index.ts'

export interface AlertWords {
  text: string
  /** Where there is more of it, or where it is put right. */
  link?: { to: string; label: string }
}

/** An alert in words, made from its facts: figures in the budget's unit, the end of its period by the client's clock. */
export function useAlertWords(): (alert: Alert) => AlertWords {
  const { t } = useTranslation('alerts')
  const format = useFormat()
  const nameOf = useBudgetName('inside')
  return (alert) => {
    switch (alert.kind) {
      case 'budget_threshold':
      case 'budget_exceeded': {
        const { used, limit, details } = alert
        const values = {
          budget: nameOf({ type: details.budget_type, period: details.budget_period }),
          used: format.amount(used, details.budget_type),
          limit: format.amount(limit, details.budget_type),
          when: createFormat(format.language, details.time_zone).dateTime(details.period_end),
        }
        if (alert.kind === 'budget_threshold')
          return { text: t('texts.threshold', { ...values, share: format.wholePercent(alert.threshold / 100) }) }
        return { text: alert.details.reason === 'refused' ? t('texts.refused', values) : t('texts.used', values) }
      }
      case 'handed_off':
        return {
          text: t('texts.handed_off'),
          link: { to: urlOf(`/clients/${alert.client}`, { tab: 'conversations', status: 'human' }), label: t('links.conversations') },
        }
      case 'orphaned_calls': {
        const { calls, hour } = alert.details
        return {
          text: t('texts.orphaned_calls', { count: calls, formatted: format.number(calls, 0), when: format.dateTime(hour) }),
          link: { to: urlOf('/usage', { tab: 'calls', status: 'orphaned', client: alert.client }), label: t('links.calls') },
        }
      }
      case 'unpriced_model': {
        const { provider, model_name: name } = alert.details
        return {
          text: t('texts.unpriced_model', { model: `${provider}/${name}` }),
          link: { to: urlOf('/models', { search: name }), label: t('links.model') },
        }
      }
      case 'stale_exchange_rate': {
        const { rate, source, rate_at: at } = alert.details
        return {
          text: t('texts.stale_exchange_rate', { rate: format.number(rate, 4), source: source.toUpperCase(), when: format.date(at) }),
          link: { to: '/configuration', label: t('links.configuration') },
        }
      }
      case 'dead_letter': {
        const { error, call_id: call } = alert.details
        return { text: t('texts.dead_letter', { error }), ...(call !== null && { link: { to: `/usage/${call}`, label: t('links.call') } }) }
      }
    }
  }
}
