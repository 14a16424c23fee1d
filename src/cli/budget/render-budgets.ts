import { type Budget, plainAmount } from '../../ledger/index.ts'
import { formatAmount, formatPercent, formatTime } from '../format.ts'
import { table } from '../table.ts'
import type { Terminal } from '../terminal.ts'

const right = 'right' as const

export function budgetTable(budgets: readonly Budget[], terminal: Terminal): string {
  if (budgets.length === 0)
    return 'No budgets. Without one a client is unlimited: npx catraca budget set CLIENT --type brl --limit 50 --period monthly --hard'
  const { locale } = terminal
  const columns = [
    { title: 'CLIENT' },
    { title: 'BUDGET' },
    { title: 'USED', align: right },
    { title: 'LIMIT', align: right },
    { title: '%', align: right },
    { title: 'HELD', align: right },
    { title: 'KIND' },
    { title: 'RESETS' },
  ]
  const rows = budgets.map((budget) => [
    budget.clientSlug,
    `${budget.type} ${budget.period}${budget.isFromPlan ? ' (plan)' : ''}`,
    formatAmount(budget.used, budget.type, locale),
    formatAmount(budget.limit, budget.type, locale),
    budget.used > 0n && Number(budget.percentage) === 0 ? `<${formatPercent('0.01', locale)}` : formatPercent(budget.percentage, locale),
    budget.reserved === 0n ? '-' : formatAmount(budget.reserved, budget.type, locale),
    kindOf(budget, terminal),
    `${toMinutes(budget.resetsAt, budget, terminal)} ${budget.timeZone}`,
  ])
  return table(columns, rows, (line) => terminal.style('bold', line))
}

function kindOf(budget: Budget, terminal: Terminal): string {
  const { raisedUntil, usualLimit, type } = budget
  const raise =
    raisedUntil && `raised from ${formatAmount(usualLimit, type, terminal.locale)} until ${toMinutes(raisedUntil, budget, terminal)}`
  return [budget.isHard ? 'hard' : 'soft', raise, budget.isPaused ? 'PAUSED' : undefined].filter((part) => part !== undefined).join(', ')
}

/** By the client's own clock. */
export function toMinutes(time: Date, { timeZone }: Pick<Budget, 'timeZone'>, { locale }: Terminal): string {
  return formatTime(time, timeZone, locale).slice(0, -3)
}

/** Amounts are in the budget's own unit. */
export function budgetToJson(budget: Budget) {
  return {
    id: budget.id,
    client: budget.clientSlug,
    type: budget.type,
    period: budget.period,
    limit: plainAmount(budget.limit, budget.type),
    usual_limit: plainAmount(budget.usualLimit, budget.type),
    raised_until: budget.raisedUntil ?? null,
    used: plainAmount(budget.used, budget.type),
    reserved: plainAmount(budget.reserved, budget.type),
    usage_percentage: Number(budget.percentage),
    hard: budget.isHard,
    alerts: budget.alerts,
    paused: budget.isPaused,
    from_plan: budget.isFromPlan,
    resets_at: budget.resetsAt,
    time_zone: budget.timeZone,
  }
}
