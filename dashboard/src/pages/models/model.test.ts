import { expect, it } from 'vitest'
import { readNames, readPrice, readTokens } from './model.ts'

it.each([
  ['0,15', '0.15'],
  [' 3 ', '3'],
  ['0.000015', '0.000015'],
  ['1.234,5', undefined],
  ['-1', undefined],
  ['', undefined],
  ['1234567', undefined],
])('reads the price %j as %j', (text, price) => expect(readPrice(text)).toBe(price))

it.each([
  ['128000', 128_000],
  ['128.000', 128_000],
  ['1,048,576', 1_048_576],
  ['128 000', 128_000],
  ['12.5', undefined],
  ['0', undefined],
  ['100000001', undefined],
])('reads the tokens %j as %j', (text, tokens) => expect(readTokens(text)).toBe(tokens))

it('reads names by line or comma, each once', () => expect(readNames('rapido\n gpt-mini, rapido\n\n')).toEqual(['rapido', 'gpt-mini']))
