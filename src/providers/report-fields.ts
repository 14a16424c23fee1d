import { type NanoUsd, nanoUsd } from '../shared/money.ts'
import { ReportError } from './usage-report.ts'

type Fields = Readonly<Record<string, unknown>>

/** A count that may be missing (0 then): a provider leaves out what there was none of. Throws ReportError for what is no count. */
export function countOf(fields: Fields, name: string): number {
  const value = fields[name] ?? 0
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw unreadable(name, value)
  return value
}

/** A name that the report was asked to group by. */
export function textOf(fields: Fields, name: string): string | undefined {
  const value = fields[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/**
 * An amount of dollars in nano-dollars, rounded: a number or a decimal string of any length, with or without an exponent, since OpenAI's
 * costs come as `0.000004500000000000000000000000000000000` and as `0E-6176`. `decimals` is 0 for dollars, 2 for cents.
 */
export function usdOf(value: unknown, decimals: number): NanoUsd {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d{1,15})(?:\.(\d+))?(?:[eE]([+-]?\d{1,6}))?$/.exec(
      typeof value === 'number' ? String(value) : typeof value === 'string' ? value : '',
    ) ?? []
  if (sign === undefined) throw unreadable('amount', value)
  // The value is digits × 10^-scale, and nano-dollars are wanted: 10^9 of them less the cents' places.
  const shift = 9 - decimals - fraction.length + Number(exponent)
  const digits = BigInt(whole + fraction)
  if (digits === 0n || shift < -whole.length - fraction.length) return nanoUsd(0n)
  if (shift > 20) throw unreadable('amount', value)
  const divisor = 10n ** BigInt(Math.max(0, -shift))
  const nanos = (2n * digits * 10n ** BigInt(Math.max(0, shift)) + divisor) / (2n * divisor)
  return nanoUsd(sign === '-' ? -nanos : nanos)
}

function unreadable(name: string, value: unknown): ReportError {
  return new ReportError(`has a report whose ${name} cannot be read (${JSON.stringify(value)?.slice(0, 60)})`)
}
