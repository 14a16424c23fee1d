import {
  type Alert,
  alertToJson,
  type BudgetAlert,
  describeAlert,
  describeBudgetEvent,
  formatBudgetAmount,
  periodNames,
  wallClock,
} from '../alerts/index.ts'
import type { Fact, Notification } from './notification.ts'

type Locale = Notification['locale']

export interface ComposeOptions {
  channelId: string
  /** Whether a client reads it, who has pages of their own. */
  isClients: boolean
  locale: Locale
  /** What people open the dashboard with, without a path. */
  publicUrl: string | undefined
}

/** An alert for one channel, in its language: the same words and the same id each time it is sent. */
export function composeNotification(alert: Alert, { channelId, isClients, locale, publicUrl }: ComposeOptions): Notification {
  const summary = describeAlert(alert, locale)
  const link = publicUrl && `${publicUrl}${pageOf(alert, isClients)}`
  const { queued_at: _queued, delivered_at: _delivered, ...data } = alertToJson(alert)
  return {
    id: `${alert.id}.${channelId}`,
    kind: alert.kind,
    at: alert.createdAt,
    locale,
    subject: `[Catraca] ${titleOf(alert, locale)}`,
    summary: `${sentence(summary, alert)}.`,
    facts: factsOf(alert, locale),
    parameters: parametersOf(alert, locale, link),
    link,
    data,
  }
}

/** What a channel is tried with. */
export function composeTest({ channelId, isClients, locale, publicUrl, id, at }: ComposeOptions & { id: string; at: Date }): Notification {
  const isEnglish = locale === 'en'
  const link = publicUrl && `${publicUrl}${isClients ? '/portal' : '/alerts'}`
  const subject = isEnglish ? '[Catraca] Test of a notification' : '[Catraca] Teste de notificação'
  return {
    id: `test-${id}.${channelId}`,
    kind: 'test',
    at,
    locale,
    subject,
    summary: isEnglish ? 'This is a test: alerts will reach you here.' : 'Este é um teste: os alertas chegarão por aqui.',
    facts: [],
    parameters: ['-', isEnglish ? 'a test of this channel' : 'um teste deste canal', '-', '-', '-', link ?? '-'],
    link,
    data: {},
  }
}

function pageOf(alert: Alert, isClients: boolean): string {
  if (isClients) return '/portal'
  if (!alert.client) return '/alerts'
  const page = `/clients/${encodeURIComponent(alert.client.slug)}`
  return alert.kind === 'handed_off' ? `${page}?tab=conversations&status=human` : page
}

function titleOf(alert: Alert, locale: Locale): string {
  const slug = alert.client?.slug ?? '-'
  const isEnglish = locale === 'en'
  switch (alert.kind) {
    case 'budget_threshold':
    case 'budget_exceeded':
      return sentence(describeBudgetEvent(alert, slug, locale), alert)
    case 'handed_off':
      return isEnglish ? `${slug}: a contact waits for a person` : `${slug}: um contato espera por uma pessoa`
    case 'orphaned_calls':
      return isEnglish ? `${slug}: calls that nobody settled` : `${slug}: chamadas não liquidadas`
    case 'unpriced_model': {
      const model = `${alert.details.provider}/${alert.details.model_name}`
      return isEnglish ? `${model} has no price` : `${model} não tem preço`
    }
    case 'stale_exchange_rate':
      return isEnglish ? 'The exchange rate is old' : 'A cotação do dólar está desatualizada'
    case 'dead_letter':
      return isEnglish ? 'A record could not be booked' : 'Um registro não pôde ser contabilizado'
  }
}

function factsOf(alert: Alert, locale: Locale): Fact[] {
  const isEnglish = locale === 'en'
  const whose = alert.client ? [{ name: isEnglish ? 'Client' : 'Cliente', value: alert.client.slug }] : []
  if (alert.kind !== 'budget_threshold' && alert.kind !== 'budget_exceeded') return whose
  return [...whose, ...budgetFacts(alert, locale)]
}

/** Always six, because a template has a fixed number of places: docs/notifications.md tells them to people. */
function parametersOf(alert: Alert, locale: Locale, link: string | undefined): string[] {
  const client = alert.client?.slug ?? '-'
  const what = titleOf(alert, locale)
  if (alert.kind !== 'budget_threshold' && alert.kind !== 'budget_exceeded') return [client, what, '-', '-', '-', link ?? '-']
  const { used, limit, details } = alert
  const [spent, most] = [used, limit].map((amount) => formatBudgetAmount(amount, details.budget_type, locale))
  return [client, what, spent ?? '-', most ?? '-', `${wallClock(details, locale)} (${details.time_zone})`, link ?? '-']
}

const labels = {
  en: { budget: 'Budget', used: 'Used', limit: 'Limit', share: 'Used of it', resets: 'Resets' },
  'pt-BR': { budget: 'Orçamento', used: 'Usado', limit: 'Limite', share: 'Percentual', resets: 'Renova em' },
} as const

function budgetFacts(alert: BudgetAlert, locale: Locale): Fact[] {
  const { used, limit, details } = alert
  const label = labels[locale]
  return [
    { name: label.budget, value: describeBudget(alert, locale) },
    { name: label.used, value: formatBudgetAmount(used, details.budget_type, locale) },
    { name: label.limit, value: formatBudgetAmount(limit, details.budget_type, locale) },
    { name: label.share, value: percentage(used, limit, locale) },
    { name: label.resets, value: `${wallClock(details, locale)} (${details.time_zone})` },
  ]
}

const units = {
  en: { tokens: 'in tokens', brl: 'in reais', usd: 'in dollars' },
  'pt-BR': { tokens: 'em tokens', brl: 'em reais', usd: 'em dólares' },
} as const

function describeBudget({ details }: BudgetAlert, locale: Locale): string {
  const isEnglish = locale === 'en'
  const [hard, soft] = isEnglish ? ['calls stop at the limit', 'calls go on'] : ['as chamadas param no limite', 'as chamadas continuam']
  return `${periodNames[locale][details.budget_period]}, ${units[locale][details.budget_type]}; ${details.is_hard ? hard : soft}`
}

/** With one decimal, cut off: 99.96 % of a limit is not all of it. */
function percentage(used: bigint, limit: bigint, locale: Locale): string {
  if (limit <= 0n) return '-'
  const tenths = (used * 1_000n) / limit
  const share = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(Number(tenths) / 10)
  return `${share} %`
}

/** With a capital, unless it begins with a name, which stays as it is. */
function sentence(text: string, { kind, client }: Alert): string {
  const isName = kind === 'unpriced_model' || (client !== null && text.startsWith(client.slug))
  return isName ? text : text.charAt(0).toLocaleUpperCase() + text.slice(1)
}
