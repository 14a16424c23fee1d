import { expect, it } from 'vitest'
import { amountProblem, parseAmount, typedAmount } from './parse-amount.ts'

it.each([
  ['1.250,50', 'pt-BR', '1250.50'],
  ['R$ 49,90', 'pt-BR', '49.90'],
  ['49.90', 'pt-BR', '49.90'],
  ['100.000', 'pt-BR', '100000'],
  ['100.000', 'en', '100.000'],
  ['1,250.50', 'en', '1250.50'],
  ['100000', 'en', '100000'],
  ['0,5', 'en', '0.5'],
  ['1.2.3', 'pt-BR', undefined],
  ['dez', 'pt-BR', undefined],
])('reads %s in %s as %s', (text, language, amount) => {
  expect(parseAmount(text, language)).toBe(amount)
})

it.each([
  ['', 'brl', 'required'],
  ['muito', 'brl', 'number'],
  ['0', 'brl', 'positive'],
  ['-1', 'brl', 'positive'],
  ['9000000000', 'tokens', 'large'],
  ['1,5', 'tokens', 'whole'],
  ['0,0000000001', 'usd', 'decimals'],
  ['0,000000001', 'usd', undefined],
  ['100.000', 'tokens', undefined],
] as const)('holds %j of %s to the gateway’s rules', (text, type, problem) => {
  expect(amountProblem(text, type, 'pt-BR')).toBe(problem)
})

it('begins an edit as one would type it', () => {
  expect(typedAmount('49.9', 'pt-BR')).toBe('49,9')
  expect(parseAmount(typedAmount('1234.5', 'pt-BR'), 'pt-BR')).toBe('1234.5')
  expect(parseAmount(typedAmount('1234.567', 'pt-BR'), 'pt-BR')).toBe('1234.567')
  expect(typedAmount('49.9', 'en')).toBe('49.9')
})
