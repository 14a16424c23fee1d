import { Gauge } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Answer } from '../../api/index.ts'
import { useBudgetName } from '../../budgets/index.ts'
import { useFormat } from '../../format/index.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { BudgetBar } from '../../ui/progress.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'

type Nearest = Answer<'GET /overview'>['nearest_limits']

const placeholders = [0, 1, 2]

export function NearestLimitsCard({ nearest }: { nearest: Nearest | undefined }) {
  const { t } = useTranslation('home')
  return (
    <Card title={t('limits.title')} description={t('limits.text')}>
      {nearest?.length === 0 ? (
        <EmptyState
          icon={Gauge}
          title={t('limits.empty')}
          text={t('limits.emptyText')}
          action={
            <Button asChild variant="secondary">
              <Link to="/clients">{t('limits.toClients')}</Link>
            </Button>
          }
        />
      ) : (
        <ul className="divide-y">
          {nearest?.map((one) => <Row key={one.client} {...one} />) ??
            placeholders.map((key) => (
              <li key={key} className="py-3">
                <Skeleton className="h-11" />
              </li>
            ))}
        </ul>
      )}
    </Card>
  )
}

function Row({ client, client_name: name, budget }: Nearest[number]) {
  const { t } = useTranslation('home')
  // The day on which a budget begins again is the client's.
  const format = useFormat(budget.time_zone)
  const nameOf = useBudgetName()
  return (
    <li className="grid items-center gap-x-6 gap-y-2 py-3 md:grid-cols-[minmax(0,1fr)_minmax(0,1.4fr)_16rem]">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-2">
          <Link to={`/clients/${client}`} className="min-w-0 font-medium break-words underline-offset-4 hover:underline">
            {name}
          </Link>
          {budget.paused && <Badge tone="warning">{t('limits.paused')}</Badge>}
        </p>
        <p className="text-sm text-muted-foreground">{nameOf(budget)}</p>
      </div>
      <BudgetBar used={budget.used} limit={budget.limit} unit={budget.type} label={t('limits.of', { name })} />
      <p className="text-sm text-muted-foreground md:text-right" title={budget.time_zone}>
        {t('limits.resets', { when: format.dateTime(budget.resets_at) })}
      </p>
    </li>
  )
}
