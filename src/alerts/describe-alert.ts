import { formatBrl, formatUsd, type MoneyLocale, nanoBrl, nanoUsd } from '../shared/money.ts'
import type { Alert, BudgetAlert, BudgetFacts } from './alert.ts'

export const periodNames = {
  en: { daily: 'daily', weekly: 'weekly', monthly: 'monthly' },
  'pt-BR': { daily: 'diário', weekly: 'semanal', monthly: 'mensal' },
} as const

/**
 * An alert in one line of words.
 *
 * @example
 * describeAlert(alert, 'en') // luisboff used 80 % of its monthly budget: R$ 40.01 of R$ 50.00, until 2026-12-01 00:00 (America/Sao_Paulo)
 */
export function describeAlert(alert: Alert, locale: MoneyLocale): string {
  const inEnglish = locale === 'en'
  const slug = alert.client?.slug ?? (inEnglish ? 'an unknown client' : 'um cliente desconhecido')
  const count = (value: number) => new Intl.NumberFormat(locale).format(value)
  switch (alert.kind) {
    case 'budget_threshold':
    case 'budget_exceeded':
      return `${describeBudgetEvent(alert, slug, locale)}: ${standing(alert, locale)}`
    case 'handed_off':
      return inEnglish
        ? `${slug} has a contact on WhatsApp who waits for a person`
        : `${slug} tem um contato no WhatsApp à espera de uma pessoa`
    case 'orphaned_calls': {
      const calls = alert.details.calls
      return inEnglish
        ? `${slug} has ${count(calls)} ${calls === 1 ? 'call' : 'calls'} that nobody settled, booked as an estimate (status orphaned)`
        : `${slug} tem ${count(calls)} ${calls === 1 ? 'chamada não liquidada, registrada' : 'chamadas não liquidadas, registradas'} como estimativa (status orphaned)`
    }
    case 'unpriced_model': {
      const model = `${alert.details.provider}/${alert.details.model_name}`
      return inEnglish
        ? `${model} has no price, so calls were booked without a cost: npx catraca models sync, or set its price`
        : `${model} não tem preço, e chamadas foram registradas sem custo: npx catraca models sync, ou defina o preço`
    }
    case 'stale_exchange_rate': {
      const rate = new Intl.NumberFormat(locale, { maximumFractionDigits: 8 }).format(Number(alert.details.rate))
      const at = alert.details.rate_at.slice(0, 10)
      return inEnglish
        ? `the USD/BRL rate in use, ${rate} (${alert.details.source}), is of ${at}: older than 72 hours`
        : `a cotação USD/BRL em uso, ${rate} (${alert.details.source}), é de ${at}: mais de 72 horas`
    }
    case 'dead_letter': {
      const call = alert.details.call_id ?? '-'
      return inEnglish
        ? `a record could not be booked (dead letter ${alert.details.dead_letter_id}, call ${call}): ${alert.details.error}`
        : `um registro não pôde ser contabilizado (dead letter ${alert.details.dead_letter_id}, chamada ${call}): ${alert.details.error}`
    }
  }
}

/** What has happened to the budget, without the numbers. */
export function describeBudgetEvent(alert: BudgetAlert, slug: string, locale: MoneyLocale): string {
  const period = periodNames[locale][alert.details.budget_period]
  const inEnglish = locale === 'en'
  if (alert.kind === 'budget_threshold') {
    return inEnglish
      ? `${slug} used ${alert.threshold} % of its ${period} budget`
      : `${slug} usou ${alert.threshold} % do orçamento ${period}`
  }
  if (alert.details.reason === 'refused') {
    return inEnglish
      ? `a call of ${slug} was refused, because its ${period} budget does not cover it`
      : `uma chamada de ${slug} foi recusada, porque o orçamento ${period} não a cobre`
  }
  return inEnglish ? `${slug} is over its ${period} budget` : `${slug} passou do orçamento ${period}`
}

function standing({ used, limit, details }: BudgetAlert, locale: MoneyLocale): string {
  const [spent, most] = [formatBudgetAmount(used, details.budget_type, locale), formatBudgetAmount(limit, details.budget_type, locale)]
  const until = wallClock(details, locale)
  return locale === 'en'
    ? `${spent} of ${most}, until ${until} (${details.time_zone})`
    : `${spent} de ${most}, até ${until} (${details.time_zone})`
}

/** In the budget's own unit. */
export function formatBudgetAmount(value: bigint, type: BudgetFacts['budget_type'], locale: MoneyLocale): string {
  if (type === 'tokens') return `${new Intl.NumberFormat(locale).format(value)} tokens`
  return type === 'brl' ? formatBrl(nanoBrl(value), locale) : formatUsd(nanoUsd(value), locale)
}

/** When the period ends, as the client's clock on the wall will show it. */
export function wallClock({ period_end, time_zone }: BudgetFacts, locale: MoneyLocale): string {
  const style = locale === 'en' ? 'sv-SE' : 'pt-BR'
  return new Intl.DateTimeFormat(style, { timeZone: time_zone, dateStyle: 'short', timeStyle: 'short' }).format(new Date(period_end))
}
