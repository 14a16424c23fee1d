import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'
import { useApi } from '../../api/index.ts'
import { Chart } from '../../charts/index.tsx'
import { useFormat } from '../../format/index.ts'
import { Card } from '../../ui/card.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Select } from '../../ui/select.tsx'
import { Stat, StatGrid } from '../../ui/stat.tsx'
import { placesOf, placeText } from '../../usage/buckets.ts'
import { type Metric, toChart, totalsOf } from './chart-points.ts'
import { GroupsTable } from './groups-table.tsx'
import { MetricSwitch } from './metric-switch.tsx'
import type { Series } from './usage-api.ts'
import type { Scope } from './use-scope.ts'

const groupings = ['none', 'client', 'provider', 'model', 'api_type'] as const
export type Grouping = (typeof groupings)[number]

/** What the calls of the period came to: figures, by time, and by who or what. */
export function OverviewTab({ scope }: { scope: Scope }) {
  const { t } = useTranslation('usage')
  const [params] = useSearchParams()
  const by = groupings.find((name) => name === params.get('by')) ?? 'model'
  const metric = (['cost', 'tokens', 'calls'] as const).find((name) => name === params.get('metric')) ?? 'cost'
  const series = useApi<Series>('usage', '/api/admin/usage/series', { ...scope.params, by, bucket: scope.bucket }, { keepsPrevious: true })
  if (series.error) return <ErrorState error={series.error} onRetry={() => void series.refetch()} />
  return (
    <div className="space-y-6">
      <Totals answer={series.data} />
      <Card
        title={t(`chart.${metric}`)}
        actions={
          <>
            <MetricSwitch value={metric} onChange={(value) => scope.set('metric', value === 'cost' ? '' : value)} />
            <Select
              aria-label={t('by.label')}
              className="w-auto"
              value={by}
              onValueChange={(value) => scope.set('by', value === 'model' ? '' : value)}
              options={groupings.map((name) => ({ value: name, label: t(`by.${name}`) }))}
            />
          </>
        }
      >
        <SeriesChart answer={series.data} scope={scope} metric={metric} />
      </Card>
      {by !== 'none' && <GroupsTable key={by} by={by} scope={scope} />}
    </div>
  )
}

function Totals({ answer }: { answer: Series | undefined }) {
  const { t } = useTranslation('usage')
  const format = useFormat()
  const totals = useMemo(() => answer && totalsOf(answer), [answer])
  const share = (part: number) => (totals && totals.calls > 0 ? format.percent(part / totals.calls) : format.percent(0))
  return (
    <StatGrid>
      <Stat
        label={t('total.cost')}
        value={totals && format.brl(totals.costBrl)}
        note={
          totals && totals.unpriced > 0
            ? t('total.unpriced', { count: totals.unpriced, formatted: format.number(totals.unpriced, 0), usd: format.usd(totals.costUsd) })
            : t('total.inUsd', { usd: format.usd(totals?.costUsd ?? 0) })
        }
      />
      <Stat
        label={t('total.calls')}
        value={totals && format.number(totals.calls, 0)}
        note={
          totals ? t('total.errors', { count: totals.errors, formatted: format.number(totals.errors, 0), share: share(totals.errors) }) : ''
        }
      />
      <Stat
        label={t('total.tokens')}
        value={totals && format.number(totals.tokens, 0)}
        note={totals ? t('total.inOut', { input: format.compact(totals.inputTokens), output: format.compact(totals.outputTokens) }) : ''}
      />
      <Stat
        label={t('total.saved')}
        value={totals && format.brl(totals.savedBrl)}
        note={
          totals
            ? t('total.hits', { count: totals.cacheHits, formatted: format.number(totals.cacheHits, 0), share: share(totals.cacheHits) })
            : ''
        }
      />
    </StatGrid>
  )
}

function SeriesChart({ answer, scope, metric }: { answer: Series | undefined; scope: Scope; metric: Metric }) {
  const { t } = useTranslation('usage')
  const { t: models } = useTranslation('models')
  const format = useFormat()
  const { from, to } = scope.range
  const drawn = useMemo(() => {
    const nameOf = ({ key, label }: Series['keys'][number]) => {
      if (answer?.by === 'none') return t(`chart.${metric}`)
      if (key === null) return t('others')
      return answer?.by === 'api_type' ? models(`apiType.${key as 'chat'}`) : (label ?? key)
    }
    return answer && toChart(answer, metric, placesOf({ from, to }, answer.bucket), nameOf)
  }, [answer, metric, from, to, t, models])
  const bucket = answer?.bucket ?? scope.bucket
  const y = { cost: format.brl, tokens: format.tokens, calls: (value: number) => format.number(value, 0) }[metric]
  return (
    <Chart
      label={t(`chart.${metric}`)}
      kind="bar"
      isStacked
      points={drawn?.points}
      series={drawn?.series ?? []}
      x={(place) => placeText(place, bucket, format.language)}
      y={y}
      yAxis={metric === 'cost' ? format.compactBrl : format.compact}
      height={320}
    />
  )
}
