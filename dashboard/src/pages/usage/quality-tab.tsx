import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/index.ts'
import { Chart } from '../../charts/index.tsx'
import { useFormat } from '../../format/index.ts'
import { Card } from '../../ui/card.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Stat, StatGrid } from '../../ui/stat.tsx'
import { placeOf, placesOf, placeText } from '../../usage/buckets.ts'
import { FailureCards } from './failure-cards.tsx'
import type { LatencyAnswer } from './usage-api.ts'
import type { Scope } from './use-scope.ts'

/** How fast answers came, and what went wrong. */
export function QualityTab({ scope }: { scope: Scope }) {
  return (
    <div className="space-y-6">
      <LatencyCard scope={scope} />
      <FailureCards scope={scope} />
    </div>
  )
}

function LatencyCard({ scope }: { scope: Scope }) {
  const { t } = useTranslation('usage')
  const latency = useApi<LatencyAnswer>(
    'usage',
    '/api/admin/usage/latency',
    { ...scope.params, bucket: scope.bucket },
    { keepsPrevious: true },
  )
  const format = useFormat()
  if (latency.error) return <ErrorState error={latency.error} onRetry={() => void latency.refetch()} />
  const { data } = latency
  const duration = (ms: number | undefined) => (ms === undefined ? '–' : format.duration(Math.round(ms)))
  return (
    <>
      <StatGrid>
        <Stat label={t('latency.p50')} value={data && duration(data.all?.p50_ms)} note={t('latency.p50Note')} />
        <Stat label={t('latency.p95')} value={data && duration(data.all?.p95_ms)} note={t('latency.p95Note')} />
        <Stat label={t('latency.p99')} value={data && duration(data.all?.p99_ms)} note={t('latency.p99Note')} />
        <Stat
          label={t('latency.first')}
          value={data && duration(data.first_token?.p50_ms)}
          note={data?.first_token ? t('latency.firstNote', { p95: duration(data.first_token.p95_ms) }) : t('latency.noStream')}
        />
      </StatGrid>
      <Card title={t('latency.title')} description={t('latency.text')}>
        <LatencyChart answer={data} scope={scope} />
      </Card>
    </>
  )
}

function LatencyChart({ answer, scope }: { answer: LatencyAnswer | undefined; scope: Scope }) {
  const { t } = useTranslation('usage')
  const format = useFormat()
  const { from, to } = scope.range
  const points = useMemo(() => {
    if (!answer) return undefined
    if (answer.points.length === 0) return []
    const found = new Map(answer.points.map((point) => [placeOf(point.bucket_start, answer.bucket, answer.time_zone), point]))
    return placesOf({ from, to }, answer.bucket).map((x) => {
      const point = found.get(x)
      return { x, p50: point?.p50_ms ?? null, p95: point?.p95_ms ?? null }
    })
  }, [answer, from, to])
  return (
    <Chart
      label={t('latency.title')}
      kind="bar"
      points={points}
      series={[
        { key: 'p50', label: t('latency.p50') },
        { key: 'p95', label: t('latency.p95'), color: 3 },
      ]}
      x={(place) => placeText(place, answer?.bucket ?? scope.bucket, format.language)}
      y={(ms) => format.duration(Math.round(ms))}
    />
  )
}
