import type { Alert } from '../alert.ts'

/** A row of `alerts` with its client, as the database has it. */
export interface AlertRow {
  id: string
  kind: string
  client_id: string | null
  slug: string | null
  locale: string | null
  budget_id: string | null
  period_start: Date | null
  threshold: number | null
  used: bigint | null
  limit: bigint | null
  details: object
  created_at: Date
  queued_at: Date | null
  delivered_at: Date | null
}

export const alertColumns =
  'a.id, a.kind, a.client_id, c.slug, c.locale, a.budget_id, a.period_start, a.threshold, a.used, a."limit", a.details, a.created_at, a.queued_at, a.delivered_at'

/** The table's checks and the functions that write it keep what the type says. */
export function fromRow(row: AlertRow): Alert {
  return {
    id: row.id,
    kind: row.kind,
    client: row.client_id === null ? null : { id: row.client_id, slug: row.slug, locale: row.locale },
    ...(row.budget_id !== null && {
      budgetId: row.budget_id,
      periodStart: row.period_start,
      threshold: row.threshold,
      used: row.used,
      limit: row.limit,
    }),
    details: row.details,
    createdAt: row.created_at,
    queuedAt: row.queued_at,
    deliveredAt: row.delivered_at,
  } as Alert
}
