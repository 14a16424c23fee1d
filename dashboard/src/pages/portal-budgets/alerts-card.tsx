import { CircleAlert, TriangleAlert } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { type PortalAlert, useApi } from '../../api/index.ts'
import { useFormat } from '../../format/index.ts'
import { Card } from '../../ui/card.tsx'
import { cn } from '../../ui/cn.ts'
import { ErrorState } from '../../ui/error-state.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'

export function AlertsCard() {
  const { t } = useTranslation('portalBudgets')
  const alerts = useApi<PortalAlert[]>('alerts', '/api/portal/alerts', { limit: 10 })
  return (
    <Card title={t('alerts.title')} description={t('alerts.text')}>
      {alerts.error ? (
        <ErrorState error={alerts.error} onRetry={() => void alerts.refetch()} />
      ) : alerts.data === undefined ? (
        <Skeleton className="h-5 w-72 max-w-full" />
      ) : alerts.data.length === 0 ? (
        <p className="text-sm text-muted-foreground">{t('alerts.empty')}</p>
      ) : (
        <ul className="divide-y">
          {alerts.data.map((alert) => (
            <AlertRow key={alert.id} alert={alert} />
          ))}
        </ul>
      )}
    </Card>
  )
}

function AlertRow({ alert }: { alert: PortalAlert }) {
  const { t } = useTranslation('portalBudgets')
  const format = useFormat()
  const isExceeded = alert.kind === 'budget_exceeded'
  const Sign = isExceeded ? CircleAlert : TriangleAlert
  const words = {
    budget: t(`name.${alert.budget_type}.${alert.budget_period}`),
    used: format.amount(alert.used, alert.budget_type),
    limit: format.amount(alert.limit, alert.budget_type),
  }
  return (
    <li className="flex gap-3 py-3 text-sm first:pt-0 last:pb-0">
      <Sign className={cn('mt-0.5 size-4 shrink-0', isExceeded ? 'text-danger' : 'text-warning')} aria-hidden />
      <div className="min-w-0">
        <p>
          {isExceeded
            ? t(alert.hard ? 'alerts.exceededHard' : 'alerts.exceededSoft', words)
            : t('alerts.threshold', { ...words, threshold: format.wholePercent((alert.threshold ?? 0) / 100) })}
        </p>
        <time dateTime={alert.created_at} className="text-muted-foreground">
          {format.dateTime(alert.created_at)}
        </time>
      </div>
    </li>
  )
}
