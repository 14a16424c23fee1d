import type { Item } from '../api/index.ts'
import type { BudgetKind } from '../budgets/index.ts'
import type { Tone } from '../ui/badge.tsx'

type Kind = Item<'GET /alerts'>['kind']

interface AlertBase {
  id: string
  client: string | null
  created_at: string
  queued_at: string | null
  delivered_at: string | null
  delivery: Item<'GET /alerts'>['delivery']
}

interface BudgetFacts {
  used: string | number
  limit: string | number
  details: { budget_type: BudgetKind['type']; budget_period: BudgetKind['period']; is_hard: boolean; period_end: string; time_zone: string }
}

/** What each kind tells besides; the API's schema says no more than that there are details. */
export type Alert = AlertBase &
  (
    | ({ kind: 'budget_threshold'; threshold: number } & BudgetFacts)
    | ({ kind: 'budget_exceeded' } & BudgetFacts & { details: { reason: 'used' | 'refused' } })
    | { kind: 'handed_off'; details: { conversation_id: string } }
    | { kind: 'orphaned_calls'; details: { calls: number; hour: string } }
    | { kind: 'unpriced_model'; details: { provider: string; model_name: string; calls: number } }
    | { kind: 'stale_exchange_rate'; details: { rate: number; source: string; rate_at: string } }
    | { kind: 'dead_letter'; details: { dead_letter_id: number; call_id: string | null; error: string } }
  )

export const alertTones = {
  budget_threshold: 'warning',
  budget_exceeded: 'danger',
  handed_off: 'warning',
  orphaned_calls: 'warning',
  unpriced_model: 'warning',
  stale_exchange_rate: 'warning',
  dead_letter: 'danger',
} as const satisfies Record<Kind, string>

export const deliveryTones = {
  delivered: 'success',
  partly: 'warning',
  failed: 'danger',
  waiting: 'accent',
  no_channel: 'neutral',
} as const satisfies Record<Alert['delivery'], Tone>

export const alertKinds = Object.keys(alertTones) as Kind[]
