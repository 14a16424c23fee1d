import { expect, it } from 'vitest'
import { isSlug, suggestSlug } from './suggest-slug.ts'

it.each([
  ['Agência Sol & Mar', 'agencia-sol-mar'],
  ['  Padaria do João  ', 'padaria-do-joao'],
  ['---', ''],
  ['3 Corações', '3-coracoes'],
  [`${'a'.repeat(62)} b`, 'a'.repeat(62)],
])('makes of %j the slug %j', (name, slug) => {
  expect(suggestSlug(name)).toBe(slug)
  expect(slug === '' || isSlug(slug)).toBe(true)
})

it('knows what is none', () => {
  expect(['', '-a', 'A', 'a b', 'á', 'a'.repeat(64)].filter(isSlug)).toEqual([])
})
