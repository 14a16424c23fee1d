import { z } from 'zod'
import { alertToJson, listAlerts } from '../../alerts/index.ts'
import { portalRoute, time } from '../api/index.ts'

/** The others are the operator's own worries. */
const kinds = ['budget_threshold', 'budget_exceeded'] as const
const amount = z.union([z.string(), z.number()])

/** `GET /api/portal/alerts`: what was told of the client's budgets, newest first. */
export const alertsRoute = portalRoute({
  method: 'GET',
  url: '/alerts',
  summary: 'Alerts of the client’s budgets, newest first',
  access: 'read',
  output: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(kinds),
      threshold: z.number().nullable(),
      budget_type: z.enum(['tokens', 'brl', 'usd']),
      budget_period: z.enum(['daily', 'weekly', 'monthly']),
      hard: z.boolean(),
      used: amount,
      limit: amount,
      period_start: time,
      period_end: time,
      created_at: time,
    }),
  ),
  input: { query: z.object({ limit: z.coerce.number().int().min(1).max(1_000).default(50) }) },
  async handle({ owner, clientId }, { query }) {
    const alerts = await listAlerts(owner, { clientId, kinds, limit: query.limit })
    return alerts.flatMap((alert) => {
      if (alert.kind !== 'budget_threshold' && alert.kind !== 'budget_exceeded') return []
      const { details, kind, threshold, periodStart } = alert
      const { used = 0, limit = 0 } = alertToJson(alert)
      return [
        {
          id: alert.id,
          kind,
          threshold,
          budget_type: details.budget_type,
          budget_period: details.budget_period,
          hard: details.is_hard,
          used,
          limit,
          period_start: periodStart,
          period_end: details.period_end,
          created_at: alert.createdAt,
        },
      ]
    })
  },
})
