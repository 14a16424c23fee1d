import { describe, expect, it } from 'vitest'
import { plainAmount } from '../ledger/index.ts'
import { formatAmount, formatCost, formatPercent, formatTime } from './format.ts'
import { localeOf } from './terminal.ts'

describe('formats', () => {
  it('shows a moment by the clock on the wall there', () => {
    const moment = new Date('2026-11-22T02:30:05Z')
    expect(formatTime(moment, 'America/Sao_Paulo', 'pt-BR')).toBe('21/11/2026 23:30:05')
    expect(formatTime(moment, 'America/Sao_Paulo', 'en')).toBe('2026-11-21 23:30:05')
    expect(formatTime(new Date('2026-11-22T03:00:00Z'), 'America/Sao_Paulo', 'en')).toBe('2026-11-22 00:00:00')
  })

  it('shows costs as a column of twelve decimals has them, and none as none', () => {
    expect(formatCost('0.000076485000', 'brl', 'pt-BR')).toBe('R$ 0,000076')
    expect(formatCost('1234.5', 'usd', 'en')).toBe('US$ 1,234.50')
    expect(formatCost('0', 'brl', 'en')).toBe('R$ 0.0000')
    expect(formatCost('0.0000000019', 'usd', 'en')).toBe('US$ 0.000000001')
    expect(formatCost(null, 'brl', 'en')).toBe('-')
  })

  it('shows amounts in their own unit, and gives machines exact ones', () => {
    expect(formatAmount(100_000n, 'tokens', 'pt-BR')).toBe('100.000')
    expect(formatAmount(49_900_000_000n, 'brl', 'pt-BR')).toBe('R$ 49,90')
    expect(plainAmount(100_000n, 'tokens')).toBe(100_000)
    expect(plainAmount(49_900_000_001n, 'brl')).toBe('49.900000001')
  })

  it('shows percentages', () => {
    expect(formatPercent('12.34', 'pt-BR')).toBe('12,34 %')
    expect(formatPercent('100.00', 'en')).toBe('100 %')
  })
})

describe('localeOf', () => {
  it.each([
    [{ LANG: 'pt_BR.UTF-8' }, 'pt-BR'],
    [{ LANG: 'en_US.UTF-8', LC_ALL: 'pt_PT' }, 'pt-BR'],
    [{ LANG: 'pt_BR.UTF-8', LC_MESSAGES: 'C' }, 'en'],
    [{}, 'en'],
  ] as const)('%o → %s', (env, locale) => {
    expect(localeOf(env)).toBe(locale)
  })
})
