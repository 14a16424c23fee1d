import { expect, it } from 'vitest'
import type { Budget, Client } from './client.ts'
import { findRefusals } from './refusals.ts'

const client = { status: 'active', use_ai_gateway: true } as Client
const budget = { type: 'brl', period: 'daily', used: '0', reserved: '0', limit: '10', hard: true, paused: false } as Budget

it.each([
  [{}, {}, []],
  [{ status: 'suspended', use_ai_gateway: false }, {}, ['suspended']],
  [{ use_ai_gateway: false }, {}, ['off']],
  [{}, { used: '10' }, ['exceeded']],
  [{}, { used: '9.9999' }, []],
  [{}, { used: '10', hard: false }, ['over']],
  [{}, { used: '9', reserved: '1' }, ['held']],
  [{}, { used: '9', reserved: '1', hard: false }, []],
  [{}, { used: '10', paused: true }, ['paused']],
  [{ use_ai_gateway: false }, { used: '10' }, ['off', 'exceeded']],
])('of a client %j with a budget %j are %j', (some, other, reasons) => {
  const found = findRefusals({ ...client, ...some } as Client, [{ ...budget, ...other }])
  expect(found.map(({ reason }) => reason)).toEqual(reasons)
})
