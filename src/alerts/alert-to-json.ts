import { plainAmount } from '../ledger/index.ts'
import type { Alert } from './alert.ts'

/** An alert for machines, the same by command line and HTTP. Amounts are in the budget's own unit. */
export function alertToJson(alert: Alert) {
  const { id, kind, client, details, createdAt, queuedAt, deliveredAt } = alert
  const about =
    alert.kind === 'budget_threshold' || alert.kind === 'budget_exceeded'
      ? {
          budget_id: alert.budgetId,
          period_start: alert.periodStart,
          threshold: alert.threshold,
          used: plainAmount(alert.used, alert.details.budget_type),
          limit: plainAmount(alert.limit, alert.details.budget_type),
        }
      : {}
  return {
    id,
    kind,
    client: client?.slug ?? null,
    ...about,
    details: { ...details },
    created_at: createdAt,
    queued_at: queuedAt,
    delivered_at: deliveredAt,
  }
}
