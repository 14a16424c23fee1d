import { expect, it } from 'vitest'
import type { Budget, Client } from './client.ts'
import { findRefusals } from './refusals.ts'

const client = { status: 'active', use_ai_gateway: true } as Client
const budget = {
  id: 'b',
  resets_at: '2026-11-23T03:00:00.000Z',
  type: 'brl',
  period: 'daily',
  used: '0',
  reserved: '0',
  limit: '10',
  hard: true,
  paused: false,
} as Budget

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
  const found = findRefusals({ ...client, ...some } as Client, [{ ...budget, ...other }], [])
  expect(found.map(({ reason }) => reason)).toEqual(reasons)
})

const alert = {
  budget_id: 'b',
  limit: '10',
  created_at: '',
  details: { reason: 'refused', period_end: '2026-11-23T03:00:00+00:00' },
} as const

it.each([
  [{}, ['refused']],
  [{ hard: false }, []],
  [{ limit: '20' }, []],
  [{ resets_at: '2026-11-24T03:00:00.000Z' }, []],
  [{ id: 'other' }, []],
  [{ used: '10' }, ['exceeded']],
])('after a refusal, of a budget %j are %j', (other, reasons) => {
  expect(findRefusals(client, [{ ...budget, used: '7', ...other }], [alert]).map(({ reason }) => reason)).toEqual(reasons)
})
