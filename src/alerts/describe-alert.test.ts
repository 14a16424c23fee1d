import { expect, test } from 'vitest'
import type { Alert } from './alert.ts'
import { describeAlert } from './describe-alert.ts'

const base = {
  id: '5a1c0c9e-0000-4000-8000-000000000000',
  client: { id: '5a1c0c9e-0000-4000-8000-000000000001', slug: 'luisboff', locale: 'pt-BR' as const },
  createdAt: new Date('2026-11-22T12:00:00Z'),
  queuedAt: null,
  deliveredAt: null,
}
const budget = {
  ...base,
  budgetId: '5a1c0c9e-0000-4000-8000-000000000002',
  periodStart: new Date('2026-11-01T03:00:00Z'),
  used: 40_010_000_000n,
  limit: 50_000_000_000n,
}
const facts = {
  budget_type: 'brl' as const,
  budget_period: 'monthly' as const,
  is_hard: true,
  period_end: '2026-12-01T03:00:00Z',
  time_zone: 'America/Sao_Paulo',
}

test.each<[Alert, string, string]>([
  [
    { ...budget, kind: 'budget_threshold', threshold: 80, details: facts },
    'luisboff used 80 % of its monthly budget: R$ 40.01 of R$ 50.00, until 2026-12-01 00:00 (America/Sao_Paulo)',
    'luisboff usou 80 % do orçamento mensal: R$ 40,01 de R$ 50,00, até 01/12/2026, 00:00 (America/Sao_Paulo)',
  ],
  [
    {
      ...budget,
      used: 1_234n,
      limit: 1_000n,
      kind: 'budget_exceeded',
      threshold: null,
      details: { ...facts, budget_type: 'tokens', reason: 'used' },
    },
    'luisboff is over its monthly budget: 1,234 tokens of 1,000 tokens, until 2026-12-01 00:00 (America/Sao_Paulo)',
    'luisboff passou do orçamento mensal: 1.234 tokens de 1.000 tokens, até 01/12/2026, 00:00 (America/Sao_Paulo)',
  ],
  [
    { ...budget, kind: 'budget_exceeded', threshold: null, details: { ...facts, budget_type: 'usd', reason: 'refused' } },
    'a call of luisboff was refused, because its monthly budget does not cover it: US$ 40.01 of US$ 50.00, until 2026-12-01 00:00 (America/Sao_Paulo)',
    'uma chamada de luisboff foi recusada, porque o orçamento mensal não a cobre: US$ 40,01 de US$ 50,00, até 01/12/2026, 00:00 (America/Sao_Paulo)',
  ],
  [
    { ...base, kind: 'handed_off', details: { conversation_id: crypto.randomUUID() } },
    'luisboff has a contact on WhatsApp who waits for a person',
    'luisboff tem um contato no WhatsApp à espera de uma pessoa',
  ],
  [
    { ...base, kind: 'orphaned_calls', details: { calls: 1, hour: '2026-11-22T12:00:00Z' } },
    'luisboff has 1 call that nobody settled, booked as an estimate (status orphaned)',
    'luisboff tem 1 chamada não liquidada, registrada como estimativa (status orphaned)',
  ],
  [
    { ...base, client: null, kind: 'unpriced_model', details: { provider: 'openai', model_name: 'gpt-9', calls: 3 } },
    'openai/gpt-9 has no price, so calls were booked without a cost: npx catraca models sync, or set its price',
    'openai/gpt-9 não tem preço, e chamadas foram registradas sem custo: npx catraca models sync, ou defina o preço',
  ],
  [
    { ...base, client: null, kind: 'stale_exchange_rate', details: { rate: 5.4828, source: 'ptax', rate_at: '2026-11-18T16:00:00Z' } },
    'the USD/BRL rate in use, 5.4828 (ptax), is of 2026-11-18: older than 72 hours',
    'a cotação USD/BRL em uso, 5,4828 (ptax), é de 2026-11-18: mais de 72 horas',
  ],
  [
    { ...base, client: null, kind: 'dead_letter', details: { dead_letter_id: 7, call_id: null, error: 'bad' } },
    'a record could not be booked (dead letter 7, call -): bad',
    'um registro não pôde ser contabilizado (dead letter 7, chamada -): bad',
  ],
])('%# in English and in Portuguese', (alert, english, portuguese) => {
  expect(describeAlert(alert, 'en')).toBe(english)
  expect(describeAlert(alert, 'pt-BR')).toBe(portuguese)
})
