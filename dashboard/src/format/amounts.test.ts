import { expect, it } from 'vitest'
import { isAbove, subtract, sum } from './amounts.ts'

it.each([
  ['5', '0.000012', '4.999988'],
  ['0.1', '0.3', '-0.2'],
  [1_000, 250, '750'],
  ['9007199254740993.01', '0.01', '9007199254740993'],
  ['2', '2.000', '0'],
])('%s less %s is %s', (a, b, difference) => {
  expect(subtract(a, b)).toBe(difference)
})

it('compares without rounding', () => {
  expect([isAbove('0.300000000001', '0.3'), isAbove(3, '3.0'), isAbove('-1', 0)]).toEqual([true, false, false])
})

it('adds without rounding', () => {
  expect(sum(['0.1', '0.2', null, 3, '0.000000000001'])).toBe('3.300000000001')
})
