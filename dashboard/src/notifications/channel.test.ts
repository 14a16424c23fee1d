import { expect, it } from 'vitest'
import { addressProblem, kindsFor, toAlertKinds } from './channel.ts'

it('says of an address what the gateway would', () => {
  expect(addressProblem('email', ' ana@example.com ')).toBeUndefined()
  expect(addressProblem('email', 'ana@, bia@example.com')).toBe('email')
  expect(addressProblem('webhook', 'https://hooks.example.com/x')).toBeUndefined()
  expect(addressProblem('webhook', 'hooks.example.com')).toBe('webhook')
  expect(addressProblem('whatsapp', '+5511987654321')).toBeUndefined()
  expect(addressProblem('whatsapp', '(11) 98765')).toBe('whatsapp')
  expect(addressProblem('email', '  ')).toBe('missing')
})

it('asks for all kinds by naming none, and offers a client its own only', () => {
  expect(kindsFor(true)).toEqual(['budget_threshold', 'budget_exceeded', 'handed_off'])
  expect(toAlertKinds(kindsFor(true), true)).toBeNull()
  expect(toAlertKinds(kindsFor(false), false)).toBeNull()
  expect(toAlertKinds(['dead_letter', 'budget_exceeded'], true)).toEqual(['budget_exceeded'])
  expect(toAlertKinds(['dead_letter', 'budget_exceeded'], false)).toEqual(['budget_exceeded', 'dead_letter'])
})
