import { expect, it } from 'vitest'
import { maskPhone } from './mask-phone.ts'

it.each([
  ['+55 51 99876-1234', '+5551•••••1234'],
  ['5551998761234', '5551•••••1234'],
  ['+1 650 555 0100', '+16•••••••00'],
  ['12345678', '12••••78'],
  ['1234', '••••34'],
  ['', '••••'],
])('shows %s as %s', (phone, masked) => {
  expect(maskPhone(phone)).toBe(masked)
})
