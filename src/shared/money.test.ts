import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  apportion,
  cutToNanos,
  divide,
  formatBrl,
  formatBrlForLog,
  formatUsd,
  nanoBrl,
  nanoUsd,
  parseBrl,
  parseDecimal,
  parseUsd,
  toDecimal,
  usdToBrl,
} from './money.ts'

const anyNano = fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n })

describe('reading and writing amounts', () => {
  it.each([
    ['0.15', 150_000_000n],
    ['10.000000000000', 10_000_000_000n],
    ['-0.000000001', -1n],
    ['123456789012345678901', 123456789012345678901_000000000n],
  ])('reads %s exactly', (text, nanos) => {
    expect(parseUsd(text)).toBe(nanos)
    expect(parseBrl(text)).toBe(nanos)
  })

  it.each(['', ' 1', '1.', '.5', '1e-7', 'NaN', 'Infinity', '1,5', '0x10', '+1', '0.0000000001'])('refuses %j', (text) => {
    expect(() => parseUsd(text)).toThrow(RangeError)
  })

  it.each([
    ['0.123456789999', '0.123456789'],
    ['-12.000000000500', '-12.000000000'],
    ['0.15', '0.15'],
    ['7', '7'],
  ])('cuts %s to %s', (decimal, cut) => {
    expect(cutToNanos(decimal)).toBe(cut)
  })

  it('gives back what it read, for any amount', () => {
    fc.assert(fc.property(anyNano, (nanos) => parseUsd(toDecimal(nanoUsd(nanos))) === nanos))
  })

  it('writes without trailing zeros', () => {
    expect(toDecimal(nanoUsd(12_300n))).toBe('0.0000123')
    expect(toDecimal(nanoBrl(-12_000_000_000n))).toBe('-12')
    expect(toDecimal(nanoBrl(0n))).toBe('0')
  })
})

describe('usdToBrl', () => {
  it('converts with one rounding, halves away from zero', () => {
    expect(usdToBrl(parseUsd('1'), '5.4828')).toBe(parseBrl('5.4828'))
    expect(usdToBrl(nanoUsd(1n), '5.5')).toBe(6n)
    expect(usdToBrl(nanoUsd(-1n), '5.5')).toBe(-6n)
    expect(usdToBrl(nanoUsd(1n), '5.4999')).toBe(5n)
    expect(usdToBrl(nanoUsd(1n), '5.0000001', 'up')).toBe(6n)
  })

  it('is within half a nano-real of the exact value, is odd, and a hold is never below a settlement', () => {
    const rates = fc.bigInt({ min: 1n, max: 100_000_000_000n })
    fc.assert(
      fc.property(anyNano, rates, (nanos, scaledRate) => {
        const rate = toDecimal(nanoBrl(scaledRate))
        const converted = usdToBrl(nanoUsd(nanos), rate)
        const error = converted * 1_000_000_000n - nanos * scaledRate
        expect(error <= 500_000_000n && error >= -500_000_000n).toBe(true)
        expect(usdToBrl(nanoUsd(-nanos), rate)).toBe(-converted)
        expect(usdToBrl(nanoUsd(nanos), rate, 'up') >= converted || nanos < 0n).toBe(true)
      }),
    )
  })

  it('refuses a rate that is not a decimal', () => {
    expect(() => usdToBrl(nanoUsd(1n), '5,48')).toThrow(RangeError)
  })
})

describe('apportion', () => {
  it('sums to the whole, and no part is off by a whole unit or made of nothing', () => {
    const shares = fc.array(fc.bigInt({ min: 0n, max: 10n ** 15n }), { minLength: 1, maxLength: 8 })
    const divisors = fc.bigInt({ min: 1n, max: 10n ** 7n })
    fc.assert(
      fc.property(shares, divisors, fc.constantFrom('half-up' as const, 'up' as const), (numerators, divisor, rounding) => {
        const sum = numerators.reduce((a, b) => a + b, 0n)
        const total = divide(sum, divisor, rounding)
        const parts = apportion(total, numerators, divisor)
        expect(parts.reduce((a, b) => a + b, 0n)).toBe(total)
        parts.forEach((part, index) => {
          const error = part * divisor - (numerators[index] ?? 0n)
          expect(error > -divisor && error < divisor).toBe(true)
        })
      }),
    )
  })
})

describe('amounts for people', () => {
  it.each([
    ['0.0123', 'R$ 0,0123', 'R$ 0.0123', 'US$ 0,0123'],
    ['0', 'R$ 0,0000', 'R$ 0.0000', 'US$ 0,0000'],
    ['0.5', 'R$ 0,5000', 'R$ 0.5000', 'US$ 0,5000'],
    ['0.00001234', 'R$ 0,000012', 'R$ 0.000012', 'US$ 0,000012'],
    ['0.000000001', 'R$ 0,000000001', 'R$ 0.000000001', 'US$ 0,000000001'],
    ['1.005', 'R$ 1,01', 'R$ 1.01', 'US$ 1,01'],
    ['1234567.891', 'R$ 1.234.567,89', 'R$ 1234567.89', 'US$ 1.234.567,89'],
    ['-12.5', '-R$ 12,50', '-R$ 12.50', '-US$ 12,50'],
  ])('shows %s', (text, brl, log, usd) => {
    expect(formatBrl(parseBrl(text))).toBe(brl)
    expect(formatBrlForLog(parseBrl(text))).toBe(log)
    expect(formatUsd(parseUsd(text))).toBe(usd)
  })

  it('shows English with its own separators', () => {
    expect(formatUsd(parseUsd('1234567.891'), 'en')).toBe('US$ 1,234,567.89')
  })

  it('never shows something as nothing', () => {
    fc.assert(fc.property(fc.bigInt({ min: 1n, max: 10n ** 12n }), (nanos) => /[1-9]/.test(formatBrl(nanoBrl(nanos)))))
  })

  it('reads what it scales', () => {
    expect(parseDecimal('0.000666666666667', 15)).toBe(666_666_666_667n)
  })
})
