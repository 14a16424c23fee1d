import type { Texts } from '../languages.ts'
import type { alerts as source } from '../pt-br/alerts.ts'

export const alerts: Texts<typeof source> = {
  title: 'Alerts',
  text: 'What budgets, prices and the books have reported, newest first.',
  kind: 'Kind',
  client: 'Client',
  what: 'What happened',
  when: 'When',
  kinds: {
    budget_threshold: 'Near the limit',
    budget_exceeded: 'Budget used up',
    orphaned_calls: 'Calls without an end',
    unpriced_model: 'Model without a price',
    stale_exchange_rate: 'Old exchange rate',
    dead_letter: 'Record not booked',
  },
  texts: {
    threshold: 'Used {{share}} of the {{budget}}: {{used}} of {{limit}}. Resets {{when}}.',
    used: 'Over the {{budget}}: {{used}} of {{limit}}. Resets {{when}}.',
    refused: 'A call was refused, because the {{budget}} does not cover it: {{used}} of {{limit}}. Resets {{when}}.',
    orphaned_calls_one: '{{formatted}} call never ended (since {{when}}) and was counted by its estimate.',
    orphaned_calls_many: '{{formatted}} calls never ended (since {{when}}) and were counted by their estimates.',
    orphaned_calls_other: '{{formatted}} calls never ended (since {{when}}) and were counted by their estimates.',
    unpriced_model: '{{model}} has no price, and calls were booked without a cost.',
    stale_exchange_rate: 'The dollar rate in use, R$ {{rate}} ({{source}}), is of {{when}}: older than 72 hours.',
    dead_letter: 'A usage record could not be booked: {{error}}',
  },
  links: {
    calls: 'See the calls',
    call: 'See the call',
    model: 'Set the price',
    configuration: 'Open the configuration',
    clients: 'See clients and their budgets',
  },
  tabs: { label: 'Parts of the alerts', list: 'Alerts' },
  delivery: { log: 'See deliveries', title: 'Delivery', done: 'Delivered', waiting: 'Waiting', none: 'Not sent' },
  empty: 'No alerts so far',
  emptyText: 'An alert appears here when a budget reaches 80, 90 or 100 %, or when a price or a rate is missing.',
  budget: {
    name: '{{period}} budget in {{type}}',
    periods: { daily: 'daily', weekly: 'weekly', monthly: 'monthly' },
    types: { brl: 'reais', usd: 'dollars', tokens: 'tokens' },
  },
}
