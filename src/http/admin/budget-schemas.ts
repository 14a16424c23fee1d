import { z } from 'zod'
import type { BudgetChange, BudgetSettings } from '../../ledger/index.ts'

export const clientName = z.string().min(1).max(100)

const type = z.enum(['tokens', 'brl', 'usd'])
const period = z.enum(['daily', 'weekly', 'monthly'])
export const kind = z.object({ type, period })

/** In the budget's own unit. As text it is exact; a number is taken as it is written. */
export const limit = z.union([z.string(), z.number().transform((value) => String(value))])

export const settings = z.strictObject({
  limit: limit.optional(),
  hard: z.boolean().optional(),
  alerts: z.array(z.union([z.literal(80), z.literal(90), z.literal(100)])).optional(),
})
export const change = settings.extend({ type: type.optional(), period: period.optional() })

export function toSettings({ limit: value, hard, alerts }: z.infer<typeof settings>): BudgetSettings {
  return { limit: value, isHard: hard, alerts }
}

export function toChange({ type: toType, period: toPeriod, ...rest }: z.infer<typeof change>): BudgetChange {
  return { ...toSettings(rest), type: toType, period: toPeriod }
}
