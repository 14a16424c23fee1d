import { Pencil, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, useApi, useChange } from '../../api/index.ts'
import { useCanEdit } from '../../auth/index.ts'
import { BudgetDialog, useBudgetName } from '../../budgets/index.ts'
import { useFormat } from '../../format/index.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { toast } from '../../ui/toast.tsx'
import type { Plans } from './client-fields.tsx'

type Plan = Plans[number]
type PlanBudget = Plan['budgets'][number]

/** What counts for a plan's clients while they have no budget of their own. */
export function PlansDialog({ isOpen, onOpenChange }: { isOpen: boolean; onOpenChange(isOpen: boolean): void }) {
  const { t } = useTranslation('clients')
  const plans = useApi<Plans>('config', '/api/admin/plans', {}, { enabled: isOpen })
  return (
    <Dialog isOpen={isOpen} onOpenChange={onOpenChange} title={t('plans.title')} description={t('plans.text')} size="lg">
      {plans.error ? (
        <ErrorState error={plans.error} onRetry={() => void plans.refetch()} />
      ) : (
        <div className="space-y-4">
          {plans.data?.map((plan) => <PlanSection key={plan.plan} plan={plan} />) ?? <Skeleton className="h-32" />}
          {plans.data?.length === 0 && <p className="text-sm text-muted-foreground">{t('plans.none')}</p>}
        </div>
      )}
    </Dialog>
  )
}

function PlanSection({ plan }: { plan: Plan }) {
  const { t } = useTranslation('clients')
  const canEdit = useCanEdit()
  const [isOpen, setOpen] = useState(false)
  const path = `/api/admin/plans/${encodeURIComponent(plan.plan)}/budgets`
  return (
    <section className="rounded-lg border p-4">
      <header className="flex flex-wrap items-center justify-between gap-2">
        <h3 className="font-medium">
          {plan.plan} <span className="ml-1 text-sm font-normal text-muted-foreground">{t('plans.clients', { count: plan.clients })}</span>
        </h3>
        {canEdit && (
          <Button variant="secondary" size="sm" onClick={() => setOpen(true)} aria-label={`${t('plans.add')}: ${plan.plan}`}>
            <Plus aria-hidden />
            {t('plans.add')}
          </Button>
        )}
      </header>
      {plan.budgets.length === 0 ? (
        <p className="mt-2 text-sm text-muted-foreground">{t('plans.unlimited')}</p>
      ) : (
        <ul className="mt-2 divide-y">
          {plan.budgets.map((budget) => (
            <PlanBudgetRow key={budget.id} path={path} plan={plan} budget={budget} />
          ))}
        </ul>
      )}
      <BudgetDialog isOpen={isOpen} onOpenChange={setOpen} path={path} existing={plan.budgets} />
    </section>
  )
}

function PlanBudgetRow({ path, plan, budget }: { path: string; plan: Plan; budget: PlanBudget }) {
  const { t } = useTranslation(['clients', 'common'])
  const format = useFormat()
  const nameOf = useBudgetName()
  const canEdit = useCanEdit()
  const [isOpen, setOpen] = useState(false)
  const remove = useChange(['config', 'usage'], () => api.delete(`${path}/${budget.type}/${budget.period}`))
  const name = nameOf(budget)
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 py-2 text-sm">
      <span className="min-w-0 flex-1 basis-48">
        {name}: <strong className="font-medium">{format.amount(budget.limit, budget.type)}</strong>
      </span>
      <Badge tone={budget.hard ? 'accent' : 'neutral'}>{budget.hard ? t('hard') : t('soft')}</Badge>
      {canEdit && (
        <span className="flex gap-1">
          <Button variant="ghost" size="icon" aria-label={`${t('common:actions.edit')}: ${name}`} onClick={() => setOpen(true)}>
            <Pencil aria-hidden />
          </Button>
          <ConfirmDialog
            trigger={
              <Button variant="ghost" size="icon" aria-label={`${t('common:actions.delete')}: ${name}`}>
                <Trash2 aria-hidden />
              </Button>
            }
            title={t('plans.removeTitle', { name })}
            description={t('plans.removeText', { plan: plan.plan, count: budget.clients })}
            action={t('plans.remove')}
            onConfirm={() => remove.mutateAsync().then(() => toast.success(t('plans.removed')))}
          />
        </span>
      )}
      <BudgetDialog isOpen={isOpen} onOpenChange={setOpen} path={path} existing={plan.budgets} budget={budget} />
    </li>
  )
}
