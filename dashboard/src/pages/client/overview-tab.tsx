import { CirclePause, OctagonX, TriangleAlert } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { type Answer, useApi } from '../../api/index.ts'
import { useBudgetName } from '../../budgets/index.ts'
import { useFormat } from '../../format/index.ts'
import { languages } from '../../i18n/languages.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { cn } from '../../ui/cn.ts'
import { ErrorState } from '../../ui/error-state.tsx'
import { BudgetBar } from '../../ui/progress.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Stat, StatGrid } from '../../ui/stat.tsx'
import { type Budget, type Client, clientPath } from './client.ts'
import { findRefusals, type Refusal, type RefusalAlert } from './refusals.ts'
import { sumOf, useClientUsage } from './use-client-usage.ts'

export function OverviewTab({ client }: { client: Client }) {
  const budgets = useApi<Budget[]>('usage', `${clientPath(client.slug)}/budgets`)
  const alerts = useApi<Answer<'GET /alerts'>>('alerts', '/api/admin/alerts', { client: client.slug, kind: 'budget_exceeded', limit: 50 })
  return (
    <div className="space-y-6">
      <Refusals client={client} budgets={budgets.data ?? []} alerts={(alerts.data?.items ?? []) as unknown as RefusalAlert[]} />
      <MonthStats client={client} />
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <BudgetsCard client={client} budgets={budgets.data} error={budgets.error} onRetry={() => void budgets.refetch()} />
        <FactsCard client={client} />
      </div>
    </div>
  )
}

function MonthStats({ client }: { client: Client }) {
  const { t } = useTranslation('client')
  const format = useFormat(client.time_zone)
  const usage = useClientUsage(client, 'thisMonth')
  if (usage.error) return null
  const points = usage.data?.points
  return (
    <StatGrid>
      <Stat label={t('overview.spend')} value={points && format.brl(sumOf(points, 'cost_brl'))} />
      <Stat label={t('overview.calls')} value={points && format.number(sumOf(points, 'calls'), 0)} />
      <Stat label={t('overview.tokens')} value={points && format.number(sumOf(points, 'total_tokens'), 0)} />
      <Stat label={t('overview.errors')} value={points && format.number(sumOf(points, 'errors'), 0)} />
    </StatGrid>
  )
}

interface BudgetsCardProps {
  client: Client
  budgets: Budget[] | undefined
  error: unknown
  onRetry(): void
}

function BudgetsCard({ client, budgets, error, onRetry }: BudgetsCardProps) {
  const { t } = useTranslation('client')
  const format = useFormat(client.time_zone)
  const nameOf = useBudgetName()
  return (
    <Card
      title={t('tabs.budgets')}
      actions={
        <Button asChild variant="secondary" size="sm">
          <Link to="?tab=budgets">{t('overview.manage')}</Link>
        </Button>
      }
    >
      {error ? (
        <ErrorState error={error} onRetry={onRetry} />
      ) : budgets === undefined ? (
        <Skeleton className="h-24" />
      ) : budgets.length === 0 ? (
        <p className="text-sm text-muted-foreground">{t('budgets.emptyText')}</p>
      ) : (
        <ul className="space-y-5">
          {budgets.map((budget) => (
            <li key={budget.id} className="space-y-1">
              <p className="text-sm font-medium">{nameOf(budget)}</p>
              <BudgetBar used={budget.used} limit={budget.limit} unit={budget.type} label={nameOf(budget)} />
              <p className="text-xs text-muted-foreground">{t('budgets.resets', { when: format.dateTime(budget.resets_at) })}</p>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

function FactsCard({ client }: { client: Client }) {
  const { t } = useTranslation('client')
  const chain = client.fallback_chain
  const facts = [
    [t('facts.model'), client.primary_model],
    [t('facts.chain'), chain === null ? t('models.shared') : chain.length === 0 ? t('models.noChain') : chain.join(' → ')],
    [t('facts.cache'), client.cache_enabled === null ? t('cache.shared') : client.cache_enabled ? t('cache.on') : t('cache.off')],
    [t('facts.zone'), client.time_zone.replaceAll('_', ' ')],
    [t('facts.language'), languages[client.locale]],
  ] as const
  return (
    <Card title={t('facts.title')}>
      <dl className="space-y-2.5 text-sm">
        {facts.map(([name, value]) => (
          <div key={name} className="flex justify-between gap-4">
            <dt className="shrink-0 text-muted-foreground">{name}</dt>
            <dd className="min-w-0 text-right break-words">{value}</dd>
          </div>
        ))}
      </dl>
      <Button asChild variant="secondary" size="sm" className="mt-5">
        <Link to={`/users?client=${client.slug}`}>{t('overview.users')}</Link>
      </Button>
    </Card>
  )
}

const signs = {
  suspended: OctagonX,
  off: OctagonX,
  exceeded: OctagonX,
  refused: OctagonX,
  paused: CirclePause,
  over: TriangleAlert,
  held: TriangleAlert,
}

/** Why calls are refused, as the refusal itself says it, and where that is put right. */
function Refusals({ client, budgets, alerts }: { client: Client; budgets: readonly Budget[]; alerts: readonly RefusalAlert[] }) {
  const refusals = findRefusals(client, budgets, alerts)
  if (refusals.length === 0) return null
  return (
    <ul className="space-y-3">
      {refusals.map((refusal) => (
        <RefusalNote key={'budget' in refusal ? refusal.budget.id : refusal.reason} refusal={refusal} client={client} />
      ))}
    </ul>
  )
}

function RefusalNote({ refusal, client }: { refusal: Refusal; client: Client }) {
  const { t } = useTranslation('client')
  const text = useRefusalText(client)
  const isSoft = refusal.reason === 'over' || refusal.reason === 'held'
  const Sign = signs[refusal.reason]
  const isAboutBudget = 'budget' in refusal
  return (
    <li
      className={cn(
        'flex flex-wrap items-start justify-between gap-x-6 gap-y-3 rounded-lg p-4',
        isSoft ? 'bg-warning-soft text-warning' : 'bg-danger-soft text-danger',
      )}
    >
      <div className="flex min-w-0 flex-1 basis-72 items-start gap-3">
        <Sign className="mt-0.5 size-5 shrink-0" aria-hidden />
        <div className="min-w-0 space-y-1 text-sm">
          <p className="font-semibold">{t(`refusals.${refusal.reason}.title`)}</p>
          <p>{text(refusal)}</p>
        </div>
      </div>
      <Button asChild variant="secondary" size="sm">
        <Link to={isAboutBudget ? '?tab=budgets' : '?tab=settings'}>
          {isAboutBudget ? t('refusals.toBudgets') : t('refusals.toSettings')}
        </Link>
      </Button>
    </li>
  )
}

function useRefusalText(client: Client): (refusal: Refusal) => string {
  const { t } = useTranslation('client')
  const format = useFormat(client.time_zone)
  const nameOf = useBudgetName()
  return (refusal) => {
    if (!('budget' in refusal)) return t(`refusals.${refusal.reason}.text`)
    const { budget, reason, at } = refusal
    return t(`refusals.${reason}.text`, {
      name: nameOf(budget),
      limit: format.amount(budget.limit, budget.type),
      used: format.amount(budget.used, budget.type),
      remaining: format.amount(Math.max(0, Number(budget.limit) - Number(budget.used)), budget.type),
      at: at === undefined ? '' : format.dateTime(at),
      when: format.dateTime(budget.resets_at),
      zone: budget.time_zone.replaceAll('_', ' '),
    })
  }
}
