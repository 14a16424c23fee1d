import { phoneForms } from '../../conversations/index.ts'
import type { Database } from '../../database/index.ts'
import { type Budget, listBudgets } from '../../ledger/index.ts'
import { formatBrl, formatUsd, nanoBrl, nanoUsd } from '../../shared/money.ts'
import type { Channel } from './channel.ts'
import type { BatchMessage } from './sql/find-batch.ts'
import { words } from './words.ts'

/** Is this one of the client's own admins, asking for the balance and for nothing else? */
export function asksForBalance({ adminPhones }: Channel, phone: string, batch: readonly BatchMessage[]): boolean {
  const [only] = batch
  const isAdmin = adminPhones.some((admin) => phoneForms(admin).includes(phone))
  return batch.length === 1 && isAdmin && /^\s*saldo\s*[.!?]?\s*$/i.test(only?.body ?? '')
}

/** Used, limit and reset of each of the client's budgets, in their language and time zone. */
export async function describeBalance(database: Pick<Database, 'query'>, { clientId, locale }: Channel): Promise<string> {
  const budgets = await listBudgets(database, [clientId])
  const say = words[locale]
  if (budgets.length === 0) return say.noBudget
  return budgets
    .map((budget) => {
      const reset = budget.resetsAt.toLocaleString(locale, { timeZone: budget.timeZone, dateStyle: 'short', timeStyle: 'short' })
      const percent = `${Number(budget.percentage).toLocaleString(locale)} %`
      return say.budget(say.periods[budget.period], show(budget.used, budget, locale), show(budget.limit, budget, locale), percent, reset)
    })
    .join('\n')
}

function show(amount: bigint, { type }: Budget, locale: Channel['locale']): string {
  if (type === 'tokens') return `${amount.toLocaleString(locale)} tokens`
  return type === 'brl' ? formatBrl(nanoBrl(amount), locale) : formatUsd(nanoUsd(amount), locale)
}
