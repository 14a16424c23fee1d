/** Money comes as decimal text, exact to the last digit, and is rounded here only. */
export type Amount = string | number | bigint

export interface Format {
  /** 12.345,6 */
  number(value: Amount, fractionDigits?: number): string
  /** 12,3 mil */
  compact(value: Amount): string
  /** From a share: 0.256 is 25,6%. Always with one decimal. */
  percent(share: number): string
  /** What is used of a limit, and from where on something happens: 0.996 is 99%, for it is not all of it. */
  wholePercent(share: number): string
  /** R$ 1.234,50; below one real with the digits that matter. */
  brl(value: Amount): string
  /** R$ 120 mi: a few digits only, for an axis, which is there to compare by. */
  compactBrl(value: Amount): string
  usd(value: Amount): string
  /** 1.200 tokens, with the word. */
  tokens(value: Amount): string
  /** A budget's amount in its own unit. */
  amount(value: Amount, unit: 'brl' | 'usd' | 'tokens'): string
  /** From milliseconds: 340 ms, 1,2 s, 3 min 5 s. */
  duration(ms: number): string
  bytes(value: number): string
  /** From an ISO time in UTC: 22 de nov. de 2026, 14:30. */
  dateTime(iso: string): string
  date(iso: string): string
  /** 22 de nov.: for a chart's axis. */
  day(iso: string): string
  time(iso: string): string
  /** há 5 minutos */
  relative(iso: string, now?: number): string
  zone: string
  language: string
}

const digits = (value: Amount) => value as Intl.StringNumericLiteral

/** All ways of writing a figure, for a language and an IANA zone. */
export function createFormat(language: string, zone: string): Format {
  const number = (value: Amount, fractionDigits = 2) => formatter(language, { maximumFractionDigits: fractionDigits }).format(digits(value))
  const money = (currency: 'BRL' | 'USD') => (value: Amount) =>
    formatter(language, { style: 'currency', currency, ...fractions(value) }).format(digits(value))
  const brl = money('BRL')
  const usd = money('USD')
  const tokens = (value: Amount) => `${number(value, 0)} tokens`
  const moment = (options: Intl.DateTimeFormatOptions) => (iso: string) =>
    new Intl.DateTimeFormat(language, { timeZone: zone, ...options }).format(new Date(iso))
  return {
    number,
    brl,
    usd,
    tokens,
    compact: (value) => formatter(language, { notation: 'compact', maximumFractionDigits: 1 }).format(digits(value)),
    compactBrl: (value) =>
      formatter(language, { style: 'currency', currency: 'BRL', notation: 'compact', maximumSignificantDigits: 2 }).format(digits(value)),
    percent: (share) => formatter(language, { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(share),
    wholePercent: (share) => formatter(language, { style: 'percent', maximumFractionDigits: 0, roundingMode: 'trunc' }).format(share),
    amount: (value, unit) => ({ brl, usd, tokens })[unit](value),
    duration: (ms) => formatDuration(ms, number),
    bytes: (value) => formatBytes(value, number),
    dateTime: moment({ dateStyle: 'medium', timeStyle: 'short' }),
    date: moment({ dateStyle: 'medium' }),
    day: moment({ day: 'numeric', month: 'short' }),
    time: moment({ timeStyle: 'medium' }),
    relative: (iso, now = Date.now()) => formatRelative(language, new Date(iso).getTime() - now),
    zone,
    language,
  }
}

const formatters = new Map<string, Intl.NumberFormat>()

/** Making one costs more than using it a hundred times. */
function formatter(language: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = language + JSON.stringify(options)
  const known = formatters.get(key) ?? new Intl.NumberFormat(language, options)
  formatters.set(key, known)
  return known
}

/** One call costs fractions of a cent: two digits would show every one of them as nothing. */
function fractions(value: Amount): Intl.NumberFormatOptions {
  const size = Math.abs(Number(value))
  if (size === 0 || size >= 1) return { minimumFractionDigits: 2, maximumFractionDigits: 2 }
  return { minimumFractionDigits: 2, maximumFractionDigits: size >= 0.01 ? 4 : size >= 1e-6 ? 8 : 12 }
}

function formatDuration(ms: number, number: Format['number']): string {
  if (ms < 1_000) return `${number(ms, 0)} ms`
  if (ms < 60_000) return `${number(ms / 1_000, 1)} s`
  const minutes = Math.floor(ms / 60_000)
  const seconds = Math.round((ms % 60_000) / 1_000)
  if (minutes < 60) return seconds === 0 ? `${minutes} min` : `${minutes} min ${seconds} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

function formatBytes(value: number, number: Format['number']): string {
  const steps = ['B', 'kB', 'MB', 'GB', 'TB']
  const step = value < 1 ? 0 : Math.min(steps.length - 1, Math.floor(Math.log10(value) / 3))
  return `${number(value / 1000 ** step, step === 0 ? 0 : 1)} ${steps[step]}`
}

const spans: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
]

function formatRelative(language: string, ms: number): string {
  const [unit, size] = spans.find(([, span]) => Math.abs(ms) >= span) ?? (['second', 1_000] as const)
  return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(Math.round(ms / size), unit)
}
