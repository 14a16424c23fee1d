export const alertKinds = [
  'budget_threshold',
  'budget_exceeded',
  'handed_off',
  'orphaned_calls',
  'unpriced_model',
  'stale_exchange_rate',
  'dead_letter',
] as const

interface AlertBase {
  /** Stays the same however often the alert is delivered, so that a receiver can tell a repetition. */
  id: string
  /** Null where it is about no client in particular. */
  client: { id: string; slug: string; locale: 'pt-BR' | 'en' } | null
  createdAt: Date
  queuedAt: Date | null
  deliveredAt: Date | null
}

/** `used` and `limit` are in the budget's integer unit, at the moment of the alert. */
export interface BudgetFacts {
  budget_type: 'tokens' | 'brl' | 'usd'
  budget_period: 'daily' | 'weekly' | 'monthly'
  is_hard: boolean
  /** ISO 8601, UTC. */
  period_end: string
  time_zone: string
}

interface BudgetAlertBase extends AlertBase {
  budgetId: string
  periodStart: Date
  used: bigint
  limit: bigint
}

export type BudgetAlert = BudgetAlertBase &
  (
    | { kind: 'budget_threshold'; threshold: 80 | 90 | 100; details: BudgetFacts }
    // `used`: the counter passed the limit; `refused`: a hard budget refused its first call of the period.
    | { kind: 'budget_exceeded'; threshold: null; details: BudgetFacts & { reason: 'used' | 'refused' } }
  )

/** Something that an operator should know. Facts only; `describeAlert` makes the words. */
export type Alert =
  | BudgetAlert
  | (AlertBase &
      // By a bot, and to whom: the conversation has the contact, who may ask for it to be erased.
      (
        | { kind: 'handed_off'; details: { conversation_id: string } }
        | { kind: 'orphaned_calls'; details: { calls: number; hour: string } }
        | { kind: 'unpriced_model'; details: { provider: string; model_name: string; calls: number } }
        | { kind: 'stale_exchange_rate'; details: { rate: number; source: string; rate_at: string } }
        | { kind: 'dead_letter'; details: { dead_letter_id: number; call_id: string | null; error: string } }
      ))

export type AlertKind = Alert['kind']
