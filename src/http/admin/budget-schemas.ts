import { z } from 'zod'
import type { BudgetChange, BudgetSettings } from '../../ledger/index.ts'
import { amount, count, time } from '../api/index.ts'

export const clientName = z.string().min(1).max(100)

const type = z.enum(['tokens', 'brl', 'usd'])
const period = z.enum(['daily', 'weekly', 'monthly'])
export const kind = z.object({ type, period })

/** In the budget's own unit. As text it is exact; a number is taken as it is written. */
export const limit = z.union([z.string(), z.number().transform((value) => String(value))])

/** Decimal text for money, a number for tokens. */
const unitAmount = z.union([amount, count])

export const settings = z.strictObject({
  limit: limit.optional(),
  hard: z.boolean().optional(),
  alerts: z.array(z.union([z.literal(80), z.literal(90), z.literal(100)])).optional(),
})
export const change = settings.extend({ type: type.optional(), period: period.optional() })

/** A budget as it stands now; amounts are in its own unit, tokens as numbers. */
export const budget = z.object({
  id: z.string(),
  client: z.string(),
  type,
  period,
  limit: unitAmount,
  usual_limit: unitAmount,
  raised_until: time.nullable(),
  used: unitAmount,
  reserved: unitAmount,
  usage_percentage: z.number(),
  hard: z.boolean(),
  alerts: z.array(z.number()),
  paused: z.boolean(),
  from_plan: z.boolean(),
  resets_at: time,
  time_zone: z.string(),
})

export const planBudget = z.object({
  id: z.string(),
  plan: z.string(),
  type,
  period,
  limit: unitAmount,
  hard: z.boolean(),
  alerts: z.array(z.number()),
  clients: count,
})

export function toSettings({ limit: value, hard, alerts }: z.infer<typeof settings>): BudgetSettings {
  return { limit: value, isHard: hard, alerts }
}

export function toChange({ type: toType, period: toPeriod, ...rest }: z.infer<typeof change>): BudgetChange {
  return { ...toSettings(rest), type: toType, period: toPeriod }
}
