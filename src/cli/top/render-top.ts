import type { MoneyLocale } from '../../shared/money.ts'
import type { LiveTarget } from '../../usage/index.ts'
import { formatAmount, formatCost, formatCount, formatPercent, formatTime } from '../format.ts'
import { type Column, right, table } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import type { TopClient, TopFigures } from './gather-top.ts'
import type { GatewayFigures } from './read-gateway-figures.ts'

const clientColumns: readonly Column[] = [
  'CLIENT',
  right('CALLS/MIN'),
  right('LIMIT'),
  right('ERRORS'),
  right('TOKENS/MIN'),
  right('TODAY'),
  'BUDGET',
  right('USED'),
]
const targetColumns: readonly Column[] = [
  'TARGET',
  right('CALLS/MIN'),
  right('ERRORS'),
  right('P50'),
  right('P95'),
  right('FIRST TOKEN'),
  'STATE',
]

/** One frame as text. All that is counted a minute is of the last minute, as far as it is booked. */
export function renderTop(figures: TopFigures, { locale, style }: Pick<Terminal, 'locale' | 'style'>): string {
  const { at, clients, targets, gateway } = figures
  const calls = clients.reduce((sum, client) => sum + client.calls, 0)
  const title = `Catraca  ${formatTime(at, Intl.DateTimeFormat().resolvedOptions().timeZone, locale)}`
  const heading = (text: string) => style('bold', text)
  return [
    `${heading(title)}  ${formatCount(calls, locale)} calls in the last minute\n`,
    `${describeBooks(figures, locale)}\n`,
    `${describeGateway(gateway, locale)}\n\n`,
    clients.length === 0
      ? 'No client has called in the last minute.\n'
      : table(
          clientColumns,
          clients.map((client) => clientRow(client, locale)),
          { style },
        ),
    '\n',
    targets.length === 0
      ? 'No target was asked in the last minute.\n'
      : table(
          targetColumns,
          targets.map((target) => targetRow(target, gateway, locale)),
          { style },
        ),
  ].join('')
}

function describeBooks({ open, alerts, deadLetters }: TopFigures, locale: MoneyLocale): string {
  const parts = [
    `${formatCount(open.calls, locale)} calls open with ${formatCount(open.holds, locale)} holds, the oldest for ${seconds(open.oldest_seconds)}`,
    ...(open.overdue > 0 ? [`${formatCount(open.overdue, locale)} OVERDUE`] : []),
    `${formatCount(alerts, locale)} alerts in the last hour`,
    ...(deadLetters > 0 ? [`${formatCount(deadLetters, locale)} DEAD LETTERS`] : []),
  ]
  return `Ledger   ${parts.join('; ')}`
}

function describeGateway(gateway: GatewayFigures | undefined, locale: MoneyLocale): string {
  if (!gateway) return 'Gateway  none answers on this machine: its spool and the state of targets are not shown'
  const { url, callsUnderWay, spoolRecords, spoolBytes, spoolAgeSeconds, residentBytes, busy, databaseWaiting } = gateway
  const spool = `spool ${formatCount(spoolRecords, locale)} records, ${megabytes(spoolBytes, locale)}`
  return [
    `Gateway  ${url}: ${formatCount(callsUnderWay, locale)} under way`,
    spoolRecords > 0 ? `${spool}, the oldest for ${seconds(spoolAgeSeconds)}` : spool,
    `busy ${formatPercent((busy * 100).toFixed(0), locale)}`,
    megabytes(residentBytes, locale),
    `${formatCount(databaseWaiting, locale)} wait for the database`,
  ].join('; ')
}

function clientRow({ slug, calls, errors, tokens, todayBrl, budget, ...limits }: TopClient, locale: MoneyLocale): string[] {
  return [
    slug,
    formatCount(calls, locale),
    limits.max_requests_per_minute === null ? '-' : formatCount(limits.max_requests_per_minute, locale),
    formatCount(errors, locale),
    formatCount(tokens, locale),
    formatCost(todayBrl, 'brl', locale),
    budget ? `${formatAmount(budget.limit, budget.type, locale)} ${budget.period}${budget.isHard ? ', hard' : ''}` : '-',
    budget ? formatPercent(budget.percentage, locale) : '-',
  ]
}

function targetRow(target: LiveTarget, gateway: GatewayFigures | undefined, locale: MoneyLocale): string[] {
  const { provider, model_name, via, calls, errors, p50_ms, p95_ms, first_token_p50_ms, error_code } = target
  const name = `${provider}/${model_name} via ${via ?? '?'}`
  const state = gateway?.failingTargets.includes(name) ? 'FAILING' : gateway ? 'ok' : '-'
  return [
    name,
    formatCount(calls, locale),
    formatCount(errors, locale),
    milliseconds(p50_ms, locale),
    milliseconds(p95_ms, locale),
    milliseconds(first_token_p50_ms, locale),
    error_code === null ? state : `${state} (${error_code})`,
  ]
}

function milliseconds(ms: number | null, locale: MoneyLocale): string {
  return ms === null ? '-' : `${formatCount(Math.round(ms), locale)} ms`
}

function seconds(count: number): string {
  return count >= 120 ? `${Math.round(count / 60)} min` : `${Math.round(count)} s`
}

function megabytes(bytes: number, locale: MoneyLocale): string {
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(bytes / 1024 / 1024)} MB`
}
