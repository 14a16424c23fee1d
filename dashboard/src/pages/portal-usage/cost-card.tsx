import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type PortalSeries, useApi } from '../../api/index.ts'
import { Chart, type ChartPoint } from '../../charts/index.tsx'
import { type DateRange, useFormat } from '../../format/index.ts'
import { Card } from '../../ui/card.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Select } from '../../ui/select.tsx'
import { type Bucket, bucketOf, placeOf, placesOf, windowOf } from '../../usage/buckets.ts'
import { useKindText } from './use-kind-text.ts'

type By = 'model' | 'api_type'

/** What the API names null: all others together. */
const others = 'others'

export function CostCard({ range }: { range: DateRange }) {
  const { t } = useTranslation('portalUsage')
  const format = useFormat()
  const kindText = useKindText()
  const [by, setBy] = useState<By>('model')
  const bucket = bucketOf(range)
  const query = { ...windowOf(range), bucket, by }
  const { data, error, refetch } = useApi<PortalSeries>('usage', '/api/portal/usage/series', query, { keepsPrevious: true })
  const nameOf = (key: string | null, label: string | null) => {
    if (key === null) return t('others')
    return by === 'api_type' ? kindText(key) : (label ?? key)
  }
  return (
    <Card
      title={t('costOverTime')}
      actions={
        <Select
          aria-label={t('by.label')}
          className="w-40"
          options={(['model', 'api_type'] as const).map((value) => ({ value, label: t(`by.${value}`) }))}
          value={by}
          onValueChange={(value) => setBy(value as By)}
        />
      }
    >
      {error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <Chart
          label={t('costOverTime')}
          kind="bar"
          isStacked
          points={data && pointsOf(data, range, bucket, format.zone)}
          series={(data?.keys ?? []).map(({ key, label }) => ({ key: key ?? others, label: nameOf(key, label) }))}
          x={(name) => nameOfBucket(name, bucket, format.language, range.from === range.to)}
          y={format.brl}
          yAxis={format.compactBrl}
        />
      )}
    </Card>
  )
}

/** A point for each bucket, with what each key came to in it. None at all where nothing was used. */
function pointsOf({ points, keys }: PortalSeries, range: DateRange, bucket: Bucket, zone: string): ChartPoint[] {
  if (points.length === 0) return []
  const zeros = Object.fromEntries(keys.map(({ key }) => [key ?? others, '0']))
  const byName = new Map<string, ChartPoint>(placesOf(range, bucket).map((name) => [name, { x: name, ...zeros }]))
  for (const point of points) {
    const into = byName.get(placeOf(point.bucket_start, bucket, zone))
    if (into) into[point.key ?? others] = point.cost_brl ?? '0'
  }
  return [...byName.values()]
}

/** Its name is a time of the zone already: written as if it were one of UTC, nothing moves. */
function nameOfBucket(name: string, bucket: Bucket, language: string, isOneDay: boolean): string {
  const written: Record<Bucket, [string, Intl.DateTimeFormatOptions]> = {
    hour: [`${name}:00:00Z`, { ...(!isOneDay && { day: 'numeric', month: 'short' }), hour: '2-digit', minute: '2-digit' }],
    day: [`${name}T00:00:00Z`, { day: 'numeric', month: 'short' }],
    month: [`${name}-01T00:00:00Z`, { month: 'short', year: 'numeric' }],
  }
  const [iso, options] = written[bucket]
  return new Intl.DateTimeFormat(language, { timeZone: 'UTC', ...options }).format(new Date(iso))
}
