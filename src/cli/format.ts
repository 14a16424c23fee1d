import type { Budget } from '../ledger/index.ts'
import { cutToNanos, formatBrl, formatUsd, type MoneyLocale, nanoBrl, nanoUsd, parseBrl, parseUsd } from '../shared/money.ts'

export function formatCount(count: bigint | number, locale: MoneyLocale): string {
  return new Intl.NumberFormat(locale).format(count)
}

/** A moment as the clock on the wall showed it there: `2026-11-22 09:06:29`, in Portuguese `22/11/2026 09:06:29`. */
export function formatTime(moment: Date, timeZone: string, locale: MoneyLocale): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(moment)
  const { year, month, day, hour, minute, second } = Object.fromEntries(parts.map(({ type, value }) => [type, value]))
  const date = locale === 'pt-BR' ? `${day}/${month}/${year}` : `${year}-${month}-${day}`
  return `${date} ${hour}:${minute}:${second}`
}

/** `12.3 %`, in Portuguese `12,3 %`; `percent` is a decimal string. */
export function formatPercent(percent: string, locale: MoneyLocale): string {
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: 2 }).format(Number(percent))} %`
}

/** A decimal string of reais or dollars, as a `numeric` column arrives; `-` where it is not known. */
export function formatCost(decimal: string | null, currency: 'brl' | 'usd', locale: MoneyLocale): string {
  if (decimal === null) return '-'
  const known = cutToNanos(decimal)
  return currency === 'brl' ? formatBrl(parseBrl(known), locale) : formatUsd(parseUsd(known), locale)
}

/** An amount in a budget's own unit. */
export function formatAmount(amount: bigint, type: Budget['type'], locale: MoneyLocale): string {
  if (type === 'tokens') return formatCount(amount, locale)
  return type === 'brl' ? formatBrl(nanoBrl(amount), locale) : formatUsd(nanoUsd(amount), locale)
}
