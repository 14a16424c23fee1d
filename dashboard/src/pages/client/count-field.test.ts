import { expect, it } from 'vitest'
import { countProblem, toCount } from './count-field.ts'

it.each([
  ['', null, false],
  ['60', 60, false],
  ['100.000', 100_000, false],
  ['1,000,000', 1_000_000, false],
  ['0', 0, true],
  ['1.5', 15, true],
  ['3000000000', 3_000_000_000, true],
  ['-5', Number.NaN, true],
])('reads %j as %s, a problem: %s', (text, count, isProblem) => {
  expect(countProblem(text)).toBe(isProblem)
  expect(toCount(text)).toBe(Number.isNaN(count) ? -5 : count)
})
