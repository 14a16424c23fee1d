import { describe, expect, it } from 'vitest'
import { countOf, usdOf } from './report-fields.ts'
import { ReportError } from './usage-report.ts'

describe('usdOf', () => {
  it.each([
    ['0.000004500000000000000000000000000000000', 0, 4_500n],
    ['0E-6176', 0, 0n],
    ['1.5E+2', 0, 150_000_000_000n],
    [0.06, 0, 60_000_000n],
    [4.5e-6, 0, 4_500n],
    [12, 0, 12_000_000_000n],
    ['-0.25', 0, -250_000_000n],
    ['123.45', 2, 1_234_500_000n],
    ['0.0000001', 2, 1n],
    ['0.00000004', 2, 0n],
    ['0.00000006', 2, 1n],
    ['9E-40', 0, 0n],
  ])('reads %j (%i decimals of a cent) as %s nano-dollars', (value, decimals, nanos) => {
    expect(usdOf(value, decimals)).toBe(nanos)
  })

  it.each([null, undefined, '', 'free', '1,5', {}, Number.NaN, '1E+99'])('refuses %j', (value) => {
    expect(() => usdOf(value, 0)).toThrow(ReportError)
  })
})

describe('countOf', () => {
  it('takes what is missing as none, and refuses what is no count', () => {
    expect([countOf({}, 'n'), countOf({ n: null }, 'n'), countOf({ n: 7 }, 'n')]).toEqual([0, 0, 7])
    for (const n of [-1, 1.5, '7', 2 ** 60]) expect(() => countOf({ n }, 'n')).toThrow(ReportError)
  })
})
