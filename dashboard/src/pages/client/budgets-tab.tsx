import { ArrowUpToLine, CirclePause, CirclePlay, Pencil, Plus, Trash2, Wallet } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, useApi, useChange } from '../../api/index.ts'
import { useCanEdit } from '../../auth/index.ts'
import { BudgetDialog, useBudgetName } from '../../budgets/index.ts'
import { useFormat } from '../../format/index.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { BudgetBar } from '../../ui/progress.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { toast } from '../../ui/toast.tsx'
import { type Budget, type Client, clientPath } from './client.ts'
import { RaiseDialog } from './raise-dialog.tsx'

const topics = ['config', 'usage', 'alerts'] as const

export function BudgetsTab({ client }: { client: Client }) {
  const { t } = useTranslation('client')
  const canEdit = useCanEdit()
  const [isOpen, setOpen] = useState(false)
  const path = `${clientPath(client.slug)}/budgets`
  const budgets = useApi<Budget[]>('usage', path)
  if (budgets.error) return <ErrorState error={budgets.error} onRetry={() => void budgets.refetch()} />
  if (budgets.data === undefined) return <Skeleton className="h-48 w-full" />
  // A plan's default gives way to the first budget of the client's own.
  const own = budgets.data.filter((budget) => !budget.from_plan)
  const create = canEdit && (
    <Button onClick={() => setOpen(true)}>
      <Plus aria-hidden />
      {t('budgets.create')}
    </Button>
  )
  return (
    <div className="space-y-4">
      {budgets.data.length === 0 ? (
        <Card>
          <EmptyState icon={Wallet} title={t('budgets.empty')} text={t('budgets.emptyText')} action={create} />
        </Card>
      ) : (
        <>
          <div className="flex flex-wrap items-center justify-between gap-3">
            <p className="max-w-2xl text-sm text-muted-foreground">
              {own.length === 0 ? t('budgets.fromPlanText', { plan: client.plan }) : t('budgets.text')}
            </p>
            {create}
          </div>
          <ul className="grid gap-4 xl:grid-cols-2">
            {budgets.data.map((budget) => (
              <BudgetCard key={budget.id} client={client} budget={budget} own={own} path={path} />
            ))}
          </ul>
        </>
      )}
      <BudgetDialog isOpen={isOpen} onOpenChange={setOpen} path={path} existing={own} />
    </div>
  )
}

interface BudgetCardProps {
  client: Client
  budget: Budget
  own: readonly Budget[]
  path: string
}

function BudgetCard({ client, budget, own, path }: BudgetCardProps) {
  const { t } = useTranslation('client')
  const nameOf = useBudgetName()
  const canEdit = useCanEdit()
  return (
    <li className="flex min-w-0 flex-col gap-4 rounded-lg border bg-card p-5">
      <header className="flex flex-wrap items-start justify-between gap-2">
        <h2 className="font-semibold">{nameOf(budget)}</h2>
        <span className="flex flex-wrap gap-1.5">
          {budget.paused && <Badge tone="warning">{t('budgets.paused')}</Badge>}
          {budget.raised_until !== null && <Badge tone="accent">{t('budgets.raised')}</Badge>}
          <Badge tone={budget.hard ? 'accent' : 'neutral'}>{budget.hard ? t('budgets.hard') : t('budgets.soft')}</Badge>
        </span>
      </header>
      <BudgetBar used={budget.used} limit={budget.limit} unit={budget.type} label={nameOf(budget)} />
      <BudgetFacts client={client} budget={budget} />
      {canEdit && <BudgetActions budget={budget} own={own} path={path} zone={client.time_zone} />}
    </li>
  )
}

function BudgetFacts({ client, budget }: { client: Client; budget: Budget }) {
  const { t } = useTranslation('client')
  const format = useFormat(client.time_zone)
  const alerts = budget.alerts.map((each) => format.wholePercent(each / 100)).join(', ')
  const lines = [
    t('budgets.resetsIn', { when: format.dateTime(budget.resets_at), zone: budget.time_zone.replaceAll('_', ' ') }),
    ...(budget.raised_until === null
      ? []
      : [t('budgets.raisedUntil', { usual: format.amount(budget.usual_limit, budget.type), when: format.dateTime(budget.raised_until) })]),
    ...(Number(budget.reserved) > 0 ? [t('budgets.reserved', { amount: format.amount(budget.reserved, budget.type) })] : []),
    alerts === '' ? t('budgets.noAlerts') : t('budgets.alerts', { alerts }),
    ...(budget.from_plan ? [t('budgets.fromPlan', { plan: client.plan })] : []),
  ]
  return (
    <ul className="space-y-1 text-sm text-muted-foreground">
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  )
}

function BudgetActions({ budget, own, path, zone }: { budget: Budget; own: readonly Budget[]; path: string; zone: string }) {
  const { t } = useTranslation('client')
  const nameOf = useBudgetName()
  const name = nameOf(budget)
  const [open, setOpen] = useState<'edit' | 'raise'>()
  const place = `${path}/${budget.type}/${budget.period}`
  const remove = useChange(topics, () => api.delete(place))
  const endRaise = useChange(topics, () => api.delete(`${place}/raise`))
  const act = (label: string) => ({ variant: 'secondary', size: 'sm', 'aria-label': `${label}: ${name}` }) as const
  const close = (isOpen: boolean) => setOpen(isOpen ? open : undefined)
  return (
    <div className="mt-auto flex flex-wrap gap-2 border-t pt-4">
      {!budget.from_plan && (
        <Button {...act(t('budgets.edit'))} onClick={() => setOpen('edit')}>
          <Pencil aria-hidden />
          {t('budgets.edit')}
        </Button>
      )}
      {budget.raised_until === null ? (
        <Button {...act(t('budgets.raise'))} onClick={() => setOpen('raise')}>
          <ArrowUpToLine aria-hidden />
          {t('budgets.raise')}
        </Button>
      ) : (
        <ConfirmDialog
          trigger={<Button {...act(t('budgets.endRaise'))}>{t('budgets.endRaise')}</Button>}
          title={t('budgets.endRaiseTitle')}
          description={t('budgets.endRaiseText')}
          action={t('budgets.endRaise')}
          onConfirm={() => endRaise.mutateAsync().then(() => toast.success(t('budgets.raiseEnded')))}
        />
      )}
      <PauseButton budget={budget} place={place} name={name} />
      {!budget.from_plan && (
        <ConfirmDialog
          trigger={
            <Button {...act(t('budgets.remove'))}>
              <Trash2 aria-hidden />
              {t('budgets.remove')}
            </Button>
          }
          title={t('budgets.removeTitle', { name })}
          description={own.length === 1 ? t('budgets.removeLastText') : t('budgets.removeText')}
          action={t('budgets.remove')}
          onConfirm={() => remove.mutateAsync().then(() => toast.success(t('budgets.removed')))}
        />
      )}
      <BudgetDialog
        isOpen={open === 'edit'}
        onOpenChange={close}
        path={path}
        existing={own}
        budget={{ ...budget, limit: budget.usual_limit }}
      />
      <RaiseDialog isOpen={open === 'raise'} onOpenChange={close} place={place} budget={budget} zone={zone} />
    </div>
  )
}

/** Pausing stops a client's calls, so it asks; resuming harms nobody. */
function PauseButton({ budget, place, name }: { budget: Budget; place: string; name: string }) {
  const { t } = useTranslation('client')
  const change = useChange(topics, (verb: 'pause' | 'resume') => api.post(`${place}/${verb}`))
  if (budget.paused) {
    const done = () => void toast.success(t('budgets.resumed'))
    return (
      <Button
        variant="secondary"
        size="sm"
        isBusy={change.isPending}
        aria-label={`${t('budgets.resume')}: ${name}`}
        onClick={() => change.mutate('resume', { onSuccess: done, onError: (error) => void toast.error(error.message) })}
      >
        <CirclePlay aria-hidden />
        {t('budgets.resume')}
      </Button>
    )
  }
  return (
    <ConfirmDialog
      trigger={
        <Button variant="secondary" size="sm" aria-label={`${t('budgets.pause')}: ${name}`}>
          <CirclePause aria-hidden />
          {t('budgets.pause')}
        </Button>
      }
      title={t('budgets.pauseTitle', { name })}
      description={t('budgets.pauseText')}
      action={t('budgets.pause')}
      onConfirm={() => change.mutateAsync('pause').then(() => toast.success(t('budgets.pausedDone')))}
    />
  )
}
