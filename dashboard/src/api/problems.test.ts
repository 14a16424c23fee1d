import { expect, it } from 'vitest'
import { ApiError } from './api-error.ts'
import { problemsOf } from './problems.ts'

it('finds the field that each problem is of', () => {
  const details = { problems: ['aliases.2: Invalid string', 'context_window: Too small', 'Unrecognized key: "x"'] }
  expect(problemsOf(new ApiError('invalid_body', 'Something is wrong', 400, details))).toEqual({
    aliases: 'Invalid string',
    context_window: 'Too small',
  })
})

it('reads a single refusal as well, and nothing from what is no refusal of a form', () => {
  const refused = new ApiError('invalid_body', 'output_price_per_million: a chat model has two prices', 400)
  expect(problemsOf(refused)).toEqual({ output_price_per_million: 'a chat model has two prices' })
  expect(problemsOf(new ApiError('internal', 'x: y', 500))).toEqual({})
  expect(problemsOf(new Error('x: y'))).toEqual({})
})
