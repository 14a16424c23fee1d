import { expect, it } from 'vitest'
import { toSimilarity } from './similarity.ts'

it.each([
  ['0,95', 0.95],
  ['0.9', 0.9],
  [' 1 ', 1],
  ['0,5', 0.5],
  ['0,49', undefined],
  ['1,01', undefined],
  ['95', undefined],
  ['0.9.5', undefined],
  ['', undefined],
])('%j is %s', (text, similarity) => {
  expect(toSimilarity(text)).toBe(similarity)
})
