declare const currency: unique symbol

/** US dollars in units of 1e-9, exact. A `bigint`, so that it cannot mix with a `number`; branded, so that it cannot mix with reais. */
export type NanoUsd = bigint & { readonly [currency]: 'USD' }

/** Brazilian reais in units of 1e-9, exact. */
export type NanoBrl = bigint & { readonly [currency]: 'BRL' }

/** Languages in which amounts are shown to people. */
export type MoneyLocale = 'pt-BR' | 'en'

/** How many decimals an amount has here. */
export const nanoDigits = 9
const nanosPerUnit = 10n ** BigInt(nanoDigits)
const decimalPattern = /^(-?)(\d+)(?:\.(\d+))?$/

export const zeroUsd = 0n as NanoUsd

/** Names a plain integer as nano-dollars: for values that are known to be so, such as an `int8` column. */
export function nanoUsd(value: bigint): NanoUsd {
  return value as NanoUsd
}

/** Names a plain integer as nano-reais. */
export function nanoBrl(value: bigint): NanoBrl {
  return value as NanoBrl
}

/**
 * Reads a decimal string, as PostgreSQL's `numeric` arrives, into an integer scaled by 10^`digits`. Exact: trailing zeros are
 * fine, but a value finer than the scale is a RangeError instead of a silent rounding, and so is anything that is no decimal.
 *
 * @example parseDecimal('0.15', 9) // 150_000_000n
 */
export function parseDecimal(text: string, digits: number): bigint {
  const match = decimalPattern.exec(text)
  if (!match) throw new RangeError(`"${text}" is not a decimal number`)
  const [, sign = '', whole = '0', fraction = ''] = match
  const kept = fraction.slice(0, digits).padEnd(digits, '0')
  if (/[1-9]/.test(fraction.slice(digits))) throw new RangeError(`"${text}" has more than ${digits} decimals`)
  const scaled = BigInt(whole + kept)
  return sign === '-' ? -scaled : scaled
}

/** The inverse of `parseDecimal`: exact, without trailing zeros. `formatDecimal(12_300n, 9)` is `0.0000123`. */
export function formatDecimal(scaled: bigint, digits: number): string {
  const [whole, fraction] = splitDecimal(scaled < 0n ? -scaled : scaled, digits)
  const trimmed = fraction.replace(/0+$/, '')
  return `${scaled < 0n ? '-' : ''}${whole}${trimmed === '' ? '' : `.${trimmed}`}`
}

/** Dollars from a decimal string with at most nine decimals that count. Throws a RangeError on anything else. */
export function parseUsd(text: string): NanoUsd {
  return parseDecimal(text, nanoDigits) as NanoUsd
}

/** Reais from a decimal string with at most nine decimals that count. Throws a RangeError on anything else. */
export function parseBrl(text: string): NanoBrl {
  return parseDecimal(text, nanoDigits) as NanoBrl
}

/**
 * A decimal string without what is finer than nine decimals. For columns of twelve, and for other people's figures: what is cut off is
 * less than any price.
 */
export function cutToNanos(decimal: string): string {
  return decimal.replace(/(\.\d{9})\d+$/, '$1')
}

/** The exact decimal string of an amount, fit for a `numeric` parameter: `-0.0000123`, `12`. */
export function toDecimal(amount: NanoUsd | NanoBrl): string {
  return formatDecimal(amount, nanoDigits)
}

/**
 * Dollars into reais at `rate` (reais for one dollar, a decimal string such as `5.4828`, at most nine decimals). One rounding to a
 * whole nano-real: half away from zero, so that an adjustment of -x is exactly the opposite of a charge of x; or `up`, for holds,
 * which must never be below what the settlement can come to.
 */
export function usdToBrl(amount: NanoUsd, rate: string, rounding: 'half-up' | 'up' = 'half-up'): NanoBrl {
  if (rate !== lastRate.text) lastRate = { text: rate, nanos: parseDecimal(rate, nanoDigits) }
  return divide(amount * lastRate.nanos, nanosPerUnit, rounding) as NanoBrl
}

/** A call converts several times, and all calls of hours by one rate. */
let lastRate = { text: '1', nanos: nanosPerUnit }

/** Integer division with one rounding, for a positive divisor. `half-up` rounds halves away from zero, `up` towards plus infinity. */
export function divide(dividend: bigint, divisor: bigint, rounding: 'half-up' | 'up'): bigint {
  if (rounding === 'up') return dividend > 0n ? (dividend + divisor - 1n) / divisor : dividend / divisor
  const magnitude = dividend < 0n ? -dividend : dividend
  const rounded = (2n * magnitude + divisor) / (2n * divisor)
  return dividend < 0n ? -rounded : rounded
}

/**
 * Splits `total` into integers that sum to it exactly, in proportion to exact shares given as `numerators` over `divisor`: each share
 * is rounded down, and what is left goes to the largest remainders (on a tie, to the earlier share). Shares are not negative, and
 * `total` is their sum rounded either way.
 */
export function apportion(total: bigint, numerators: readonly bigint[], divisor: bigint): bigint[] {
  const parts = numerators.map((numerator) => numerator / divisor)
  let left = total - parts.reduce((sum, part) => sum + part, 0n)
  if (left === 0n) return parts
  const byRemainder = numerators
    .map((numerator, index) => ({ index, remainder: numerator % divisor }))
    .sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1))
  for (const { index } of byRemainder) {
    if (left === 0n) break
    parts[index] = (parts[index] ?? 0n) + 1n
    left -= 1n
  }
  return parts
}

/** Reais for a person: `R$ 0,0123` in Portuguese, `R$ 0.0123` in English. See `display` for how many decimals are shown. */
export function formatBrl(amount: NanoBrl, locale: MoneyLocale = 'pt-BR'): string {
  return `${amount < 0n ? '-' : ''}R$ ${display(amount, locale)}`
}

/** Dollars for a person: `US$ 0,0123` in Portuguese, `US$ 0.0123` in English. */
export function formatUsd(amount: NanoUsd, locale: MoneyLocale = 'pt-BR'): string {
  return `${amount < 0n ? '-' : ''}US$ ${display(amount, locale)}`
}

/** Reais as the guide's log line shows them, whatever the language: `R$ 0.0123`. */
export function formatBrlForLog(amount: NanoBrl): string {
  return formatBrl(amount, 'en').replaceAll(',', '')
}

/** The only place where money is rounded for the eye: two decimals from one unit on, else four, else as many as two digits need. */
function display(amount: bigint, locale: MoneyLocale): string {
  const magnitude = amount < 0n ? -amount : amount
  const decimals = displayDecimals(magnitude)
  const rounded = divide(magnitude, 10n ** BigInt(nanoDigits - decimals), 'half-up')
  const [whole, fraction] = splitDecimal(rounded, decimals)
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, locale === 'pt-BR' ? '.' : ',')
  return `${grouped}${locale === 'pt-BR' ? ',' : '.'}${fraction}`
}

function displayDecimals(magnitude: bigint): number {
  if (magnitude >= nanosPerUnit) return 2
  if (magnitude === 0n || magnitude >= nanosPerUnit / 1000n) return 4
  const digits = magnitude.toString().length
  return Math.min(nanoDigits, nanoDigits - digits + 2)
}

function splitDecimal(magnitude: bigint, digits: number): [whole: string, fraction: string] {
  const text = magnitude.toString().padStart(digits + 1, '0')
  return [text.slice(0, text.length - digits), text.slice(text.length - digits)]
}
