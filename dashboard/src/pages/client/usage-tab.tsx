import { ArrowRight } from 'lucide-react'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { Chart } from '../../charts/index.tsx'
import { useFormat } from '../../format/index.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import type { Client } from './client.ts'
import { type UsageSeries, useClientUsage } from './use-client-usage.ts'

/** The last 30 days at a glance; all the rest is on the page of usage. */
export function UsageTab({ client }: { client: Client }) {
  const { t } = useTranslation('client')
  const format = useFormat(client.time_zone)
  const usage = useClientUsage(client, 'last30', 'model')
  const chart = useMemo(() => toChart(usage.data, t('usage.others')), [usage.data, t])
  // Of cents nothing is left in a short form.
  return (
    <Card
      title={t('usage.title')}
      description={t('usage.text', { zone: client.time_zone.replaceAll('_', ' ') })}
      actions={
        <Button asChild variant="secondary" size="sm">
          <Link to={`/usage?client=${client.slug}`}>
            {t('usage.all')}
            <ArrowRight aria-hidden />
          </Link>
        </Button>
      }
    >
      {usage.error ? (
        <ErrorState error={usage.error} onRetry={() => void usage.refetch()} />
      ) : (
        <Chart
          label={t('usage.title')}
          kind="bar"
          isStacked
          points={chart?.points}
          series={chart?.series ?? []}
          x={format.day}
          y={format.brl}
          yAxis={format.compactBrl}
        />
      )}
    </Card>
  )
}

const others = 'others'

/** One point a day with calls, one figure a model. */
function toChart(usage: UsageSeries | undefined, othersLabel: string) {
  if (usage === undefined) return undefined
  const series = usage.keys.map(({ key, label }) => ({ key: key ?? others, label: label ?? othersLabel }))
  const days = Map.groupBy(usage.points, ({ bucket_start }) => bucket_start)
  const points = [...days].map(([x, ofDay]) => ({
    x,
    ...Object.fromEntries(ofDay.map((point) => [point.key ?? others, point.cost_brl ?? '0'])),
  }))
  return { series, points }
}
