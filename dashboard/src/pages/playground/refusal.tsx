import { CircleAlert, RotateCw } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { ApiError } from '../../api/index.ts'
import { useFormat } from '../../format/index.ts'
import { Button } from '../../ui/button.tsx'
import { useErrorText } from '../../ui/error-state.tsx'
import type { Turn } from './use-chat.ts'

/** As the gateway says it to programs: `limit`, `used` and the rest in the budget's own unit. */
interface RefusingBudget {
  type: 'brl' | 'usd' | 'tokens'
  period: string
  limit: string | number
  used: string | number
  reserved: string | number
  remaining: string | number
  resets_at: string | null
  time_zone: string
}

export interface RefusalProps {
  turn: Turn
  error: ApiError
  onRetry: (() => void) | undefined
}

/** Why there is no answer, in the gateway's words, with the figures it gave and what one can do. */
export function Refusal({ turn, error, onRetry }: RefusalProps) {
  const { t } = useTranslation('playground')
  const { t: common } = useTranslation()
  const textOf = useErrorText()
  const budget = error.details.budget as RefusingBudget | undefined
  const seconds = error.details.retry_after_seconds
  const text = error.code === 'stream_cut' && error.message === '' ? t('cut') : textOf(error)
  return (
    <div role="alert" className="space-y-3 rounded-md bg-danger-soft px-4 py-3 text-sm">
      <div className="flex items-start gap-2 text-danger">
        <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
        <div className="min-w-0 space-y-0.5">
          <p className="font-medium">{t(`refused.${kindOf(error)}`)}</p>
          <p className="break-words">{text}</p>
        </div>
      </div>
      {budget && <BudgetFigures budget={budget} />}
      {typeof seconds === 'number' && <p>{t('retryAfter', { count: seconds })}</p>}
      <p className="text-xs text-muted-foreground">
        {error.status > 0 ? t('errorCode', { status: error.status, code: error.code }) : error.code}
      </p>
      <div className="flex flex-wrap gap-2">
        {onRetry && (
          <Button variant="secondary" size="sm" onClick={onRetry}>
            <RotateCw aria-hidden />
            {common('actions.retry')}
          </Button>
        )}
        <WayOut error={error} client={turn.client} />
      </div>
    </div>
  )
}

type Kind = 'budget' | 'model' | 'rate' | 'off' | 'request' | 'provider' | 'unreachable'

function kindOf({ status, code }: ApiError): Kind {
  if (status === 0) return 'unreachable'
  if (status === 402) return 'budget'
  if (status === 404) return 'model'
  if (status === 429) return 'rate'
  if (code === 'gateway_disabled' || status === 403) return 'off'
  return status >= 500 ? 'provider' : 'request'
}

function BudgetFigures({ budget }: { budget: RefusingBudget }) {
  const { t } = useTranslation('playground')
  const format = useFormat(budget.time_zone)
  const show = (amount: string | number) => format.amount(amount, budget.type)
  const rows = [
    [t('budget.limit'), show(budget.limit)],
    [t('budget.used'), show(budget.used)],
    [t('budget.reserved'), show(budget.reserved)],
    [t('budget.remaining'), show(budget.remaining)],
    ...(budget.resets_at === null ? [] : [[t('budget.resets'), format.dateTime(budget.resets_at)]]),
  ]
  return (
    <dl className="grid w-fit grid-cols-[auto_auto] gap-x-6 gap-y-1">
      {rows.map(([label, value]) => (
        <div key={label} className="contents">
          <dt className="text-muted-foreground">{label}</dt>
          <dd className="font-medium">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function WayOut({ error, client }: { error: ApiError; client: string }) {
  const { t } = useTranslation('playground')
  const kind = kindOf(error)
  const ways: Partial<Record<Kind, [string, string]>> = {
    budget: [`/clients/${encodeURIComponent(client)}`, t('wayOut.client')],
    off: [`/clients/${encodeURIComponent(client)}`, t('wayOut.client')],
    model: ['/models', t('wayOut.models')],
    provider: ['/configuration', t('wayOut.configuration')],
  }
  const way = ways[kind]
  if (!way) return null
  return (
    <Button asChild variant="secondary" size="sm">
      <Link to={way[0]}>{way[1]}</Link>
    </Button>
  )
}
