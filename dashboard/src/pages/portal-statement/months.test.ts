import { expect, it } from 'vitest'
import { lastMonths, monthText } from './months.ts'

it('goes back over the year, from the month that it is there', () => {
  const now = new Date('2026-02-01T02:00:00Z')
  expect(lastMonths(3, 'America/Sao_Paulo', now)).toEqual(['2026-01', '2025-12', '2025-11'])
  expect(lastMonths(1, 'UTC', now)).toEqual(['2026-02'])
})

it('writes a month as a language does', () => {
  expect([monthText('2026-11', 'pt-BR'), monthText('2026-11', 'en')]).toEqual(['Novembro de 2026', 'November 2026'])
})
