import { describe, expect, it } from 'vitest'
import { createFormat } from './format.ts'

const pt = createFormat('pt-BR', 'America/Sao_Paulo')
const en = createFormat('en', 'America/New_York')
/** Intl writes a no-break space between a sign and its figure. */
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')

describe('createFormat', () => {
  it.each([
    ['1234.5', 'R$ 1.234,50', 'R$1,234.50'],
    ['0', 'R$ 0,00', 'R$0.00'],
    ['0.1234', 'R$ 0,1234', 'R$0.1234'],
    ['0.000012', 'R$ 0,000012', 'R$0.000012'],
    ['0.0000004', 'R$ 0,0000004', 'R$0.0000004'],
    ['0.000000000004', 'R$ 0,000000000004', 'R$0.000000000004'],
    ['123456789.01', 'R$ 123.456.789,01', 'R$123,456,789.01'],
    ['-2.005', '-R$ 2,01', '-R$2.01'],
    ['9007199254740993.01', 'R$ 9.007.199.254.740.993,01', 'R$9,007,199,254,740,993.01'],
  ])('writes %s reais', (value, inPortuguese, inEnglish) => {
    expect(plain(pt.brl(value))).toBe(inPortuguese)
    expect(plain(en.brl(value))).toBe(inEnglish)
  })

  it('writes dollars, tokens and shares', () => {
    expect(
      [pt.usd('3.5'), en.usd('3.5'), pt.tokens(1200), en.amount('1200', 'tokens'), pt.percent(0.256), en.percent(0.256)].map(plain),
    ).toEqual(['US$ 3,50', '$3.50', '1.200 tokens', '1,200 tokens', '25,6%', '25.6%'])
  })

  it('writes shares of one kind with one number of decimals', () => {
    expect([0, 0.07, 0.256, 13.4].map(pt.percent)).toEqual(['0,0%', '7,0%', '25,6%', '1.340,0%'])
    expect([0, 0.07, 0.256, 13.4].map(en.percent)).toEqual(['0.0%', '7.0%', '25.6%', '1,340.0%'])
  })

  it('never calls a limit used up before it is', () => {
    expect([0.29, 0.9996, 1, 13.4].map(pt.wholePercent)).toEqual(['29%', '99%', '100%', '1.340%'])
  })

  it('shows a time in its zone', () => {
    expect(plain(pt.dateTime('2026-11-22T02:30:00Z'))).toBe('21 de nov. de 2026, 23:30')
    expect(plain(en.dateTime('2026-11-22T02:30:00Z'))).toBe('Nov 21, 2026, 9:30 PM')
  })

  it.each([
    [340, '340 ms'],
    [1_250, '1,3 s'],
    [185_000, '3 min 5 s'],
    [7_260_000, '2 h 1 min'],
  ])('writes %i ms', (ms, text) => {
    expect(pt.duration(ms)).toBe(text)
  })

  it('tells how long ago', () => {
    const now = Date.parse('2026-11-22T12:00:00Z')
    expect(pt.relative('2026-11-22T11:55:00Z', now)).toBe('há 5 minutos')
    expect(en.relative('2026-11-21T12:00:00Z', now)).toBe('yesterday')
  })
})
