import type { Budget } from '../../ledger/index.ts'
import { formatAmount, formatPercent, formatTime } from '../format.ts'
import { right, table } from '../table.ts'
import type { Terminal } from '../terminal.ts'

export function budgetTable(budgets: readonly Budget[], terminal: Terminal): string {
  if (budgets.length === 0)
    return 'No budgets. Without one a client is unlimited: npx catraca budget set CLIENT --type brl --limit 50 --period monthly --hard'
  const { locale } = terminal
  const columns = ['CLIENT', 'BUDGET', right('USED'), right('LIMIT'), right('%'), right('HELD'), 'KIND', 'RESETS']
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
  return table(columns, rows, terminal)
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
