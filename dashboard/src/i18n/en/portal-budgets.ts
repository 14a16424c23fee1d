import type { Texts } from '../languages.ts'
import type { portalBudgets as source } from '../pt-br/portal-budgets.ts'

export const portalBudgets: Texts<typeof source> = {
  title: 'Budgets',
  text: 'How much {{client}} has used, and how much is left. A budget made in mid-period counts from then on; the statement has the whole month.',
  name: {
    tokens: { daily: 'Tokens a day', weekly: 'Tokens a week', monthly: 'Tokens a month' },
    brl: { daily: 'Reais a day', weekly: 'Reais a week', monthly: 'Reais a month' },
    usd: { daily: 'Dollars a day', weekly: 'Dollars a week', monthly: 'Dollars a month' },
  },
  remaining: '{{amount}} left',
  over: '{{amount}} over the limit',
  reserved: '{{amount}} held for calls under way',
  resets: 'Starts again from zero on {{when}} ({{relative}}).',
  hard: 'At the limit, new calls are refused until the budget starts again.',
  soft: 'At the limit, calls go on; the alert is shown on this page and goes to whoever runs the gateway.',
  raised: 'Higher limit until {{until}}. Then {{usual}} again.',
  paused: 'Paused',
  pausedText: 'Whoever runs the gateway has paused this budget: no call passes until it is released.',
  suspended: '{{client}} is suspended from the gateway. Talk to whoever runs it.',
  hardBadge: 'Blocks',
  softBadge: 'Tells',
  empty: {
    title: 'No limit set',
    text: 'Whoever runs the gateway has not set a budget for you yet. What is used is shown under Usage.',
    action: 'See usage',
  },
  alerts: {
    title: 'Recent alerts',
    text: 'What was told about your budgets.',
    empty: 'No alerts: no budget has come near its limit.',
    threshold: '{{budget}}: passed {{threshold}} of the limit ({{used}} of {{limit}}).',
    exceededHard: '{{budget}}: the limit was reached ({{used}} of {{limit}}). New calls are refused until it starts again.',
    exceededSoft: '{{budget}}: the limit was passed ({{used}} of {{limit}}).',
  },
}
