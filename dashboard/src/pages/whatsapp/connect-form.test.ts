import { expect, it } from 'vitest'
import { type ConnectForm, connectProblems, toConnection } from './connect-form.ts'

const form: ConnectForm = { owner: 'padaria-sol', number: ' 106540352242922 ', phone: '', token: ' EAA-test ', secret: ' abc ' }

it('sends what was typed without the blanks around it, and no phone where none was', () => {
  expect([...connectProblems(form)]).toEqual([])
  expect(toConnection(form)).toEqual({
    client: 'padaria-sol',
    phone_number_id: '106540352242922',
    access_token: 'EAA-test',
    app_secret: 'abc',
  })
})

it.each([
  ['owner', ''],
  ['number', '+55 11 3333-4444'],
  ['token', ' '],
  ['secret', ''],
] as const)('marks %s for %j', (field, text) => {
  expect([...connectProblems({ ...form, [field]: text })]).toEqual([field])
})
