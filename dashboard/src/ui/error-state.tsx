import { CircleAlert, RotateCw } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { ApiError } from '../api/api-error.ts'
// Not through the door: behind it are dialogs, which show errors by this file.
import type { BudgetPeriod, BudgetType } from '../budgets/parse-amount.ts'
import { useBudgetName } from '../budgets/use-budget-name.ts'
import { useFormat } from '../format/index.ts'
import { Button } from './button.tsx'

/** A failure in a sentence for people: the gateway's own words where it gave some. */
export function useErrorText(): (error: unknown) => string {
  const { t } = useTranslation()
  const explain = useBudgetRefusal()
  return (error) => {
    if (!(error instanceof ApiError)) return t('error.unexpected')
    if (error.status === 0) return t('error.unreachable')
    const refusal = explain(error)
    if (refusal !== undefined) return refusal
    const reasons: Readonly<Record<string, string>> = t('error.reasons', { returnObjects: true })
    const reason = reasons[String(error.details.reason)]
    if (reason !== undefined) return reason
    // Where the gateway's words name a field or a figure they say more; these it says in English only.
    const known: Readonly<Record<string, string>> = t('error.codes', { returnObjects: true })
    const words = known[error.code]
    if (words !== undefined) return words
    if (error.message !== '') return error.message
    return error.status === 403 ? t('error.forbidden') : t('error.unexpected')
  }
}

interface RefusingBudget {
  type: BudgetType
  period: BudgetPeriod
  limit: string | number
  used: string | number
  remaining: string | number
  resets_at: string
  time_zone: string
}

/** The gateway tells it in the client's language; whoever reads it here has chosen one of their own. */
function useBudgetRefusal(): (error: ApiError) => string | undefined {
  const { t } = useTranslation('budgets')
  const nameOf = useBudgetName()
  const format = useFormat()
  return ({ code, details }) => {
    const budget = details.budget as RefusingBudget | undefined
    if (budget === undefined || code !== 'budget_exceeded') return undefined
    const at = { dateStyle: 'medium', timeStyle: 'short', timeZone: budget.time_zone } as const
    return t('refused', {
      name: nameOf(budget),
      limit: format.amount(budget.limit, budget.type),
      used: format.amount(budget.used, budget.type),
      remaining: format.amount(budget.remaining, budget.type),
      when: new Intl.DateTimeFormat(format.language, at).format(new Date(budget.resets_at)),
      zone: budget.time_zone.replaceAll('_', ' '),
    })
  }
}

/** In place of what could not be loaded. */
export function ErrorState({ error, onRetry, title }: { error: unknown; onRetry?: () => void; title?: string }) {
  const { t } = useTranslation()
  const textOf = useErrorText()
  return (
    <div role="alert" className="flex flex-col items-center gap-2 px-4 py-10 text-center">
      <CircleAlert className="mb-1 size-8 text-danger" strokeWidth={1.5} aria-hidden />
      <p className="font-medium">{title ?? t('error.title')}</p>
      <p className="max-w-md text-sm text-muted-foreground">{textOf(error)}</p>
      {error instanceof ApiError && error.status > 0 && (
        <p className="text-xs text-muted-foreground">{t('error.code', { code: error.code })}</p>
      )}
      {onRetry && (
        <Button variant="secondary" className="mt-3" onClick={onRetry}>
          <RotateCw aria-hidden />
          {t('actions.retry')}
        </Button>
      )}
    </div>
  )
}

/** Beside a button or above a form: what was refused, and why. */
export function ErrorNote({ error }: { error: unknown }) {
  const textOf = useErrorText()
  return (
    <div role="alert" className="flex items-start gap-2 rounded-md bg-danger-soft px-3 py-2.5 text-sm text-danger">
      <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
      <span className="min-w-0 break-words">{textOf(error)}</span>
    </div>
  )
}
