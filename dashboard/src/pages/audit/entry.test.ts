import { expect, it } from 'vitest'
import { fieldsOf } from './entry.ts'

it('shows what a change touched, also where it was emptied, and leaves out what says nothing to people', () => {
  const fields = fieldsOf({ before: { raised_limit: 5, raised_amount: 5_000_000_000 }, after: { raised_limit: null, raised_amount: null } })
  expect(fields).toEqual([{ name: 'raised_limit', before: 5, after: null }])
})

it('shows of a new or removed row only what it had', () => {
  const row = { id: 'x', name: 'Padaria', plan: 'free', fallback_chain: null, allowed_models: [], use_ai_gateway: false }
  const names = ['name', 'plan', 'use_ai_gateway']
  expect(fieldsOf({ before: null, after: row }).map(({ name }) => name)).toEqual(names)
  expect(fieldsOf({ before: row, after: null }).map(({ name }) => name)).toEqual(names)
})
