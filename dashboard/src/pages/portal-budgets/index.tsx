import { Wallet } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { type PortalBudget, type PortalMe, useApi } from '../../api/index.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Notice } from '../../ui/notice.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { AlertsCard } from './alerts-card.tsx'
import { BudgetCard } from './budget-card.tsx'

export function PortalBudgetsPage() {
  const { t } = useTranslation('portalBudgets')
  const { t: common } = useTranslation()
  const me = useApi<PortalMe>('config', '/api/portal/me')
  const budgets = useApi<PortalBudget[]>('usage', '/api/portal/budgets', {}, { refetchIntervalMs: 60_000 })
  const name = me.data?.client.name ?? ''
  return (
    <>
      <PageHeader title={t('title')} description={t('text', { client: name })} />
      <div className="space-y-8">
        {me.data?.client.is_active === false && <Notice tone="danger">{t('suspended', { client: name })}</Notice>}
        {budgets.error ? (
          <Card>
            <ErrorState error={budgets.error} onRetry={() => void budgets.refetch()} />
          </Card>
        ) : budgets.data === undefined ? (
          <div className="grid gap-5 lg:grid-cols-2">
            <Skeleton className="h-64" />
            <Skeleton className="h-64" />
            <span className="sr-only" role="status">
              {common('loading')}
            </span>
          </div>
        ) : budgets.data.length === 0 ? (
          <Card>
            <EmptyState
              icon={Wallet}
              title={t('empty.title')}
              text={t('empty.text')}
              action={
                <Button asChild variant="secondary">
                  <Link to="/portal/usage">{t('empty.action')}</Link>
                </Button>
              }
            />
          </Card>
        ) : (
          <div className="grid items-start gap-5 lg:grid-cols-2">
            {budgets.data.map((budget) => (
              <BudgetCard key={budget.id} budget={budget} />
            ))}
          </div>
        )}
        <AlertsCard />
      </div>
    </>
  )
}
