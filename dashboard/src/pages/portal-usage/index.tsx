import { useTranslation } from 'react-i18next'
import { type PortalGroup, useApi } from '../../api/index.ts'
import { BarList } from '../../charts/index.tsx'
import { type DateRange, sum, useDateRangeInUrl, useFormat } from '../../format/index.ts'
import type { ListPage } from '../../table/index.ts'
import { Card } from '../../ui/card.tsx'
import { DateRangePicker } from '../../ui/date-range.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { Stat, StatGrid } from '../../ui/stat.tsx'
import { windowOf } from '../../usage/buckets.ts'
import { CallsTable } from './calls-table.tsx'
import { CostCard } from './cost-card.tsx'
import { useKindText } from './use-kind-text.ts'

export function PortalUsagePage() {
  const { t } = useTranslation('portalUsage')
  const { zone } = useFormat()
  const [range, setRange] = useDateRangeInUrl('last30')
  return (
    <>
      <PageHeader title={t('title')} description={t('text', { zone })} actions={<DateRangePicker value={range} onChange={setRange} />} />
      <div className="space-y-8">
        <Sums range={range} />
        <CallsTable range={range} />
      </div>
    </>
  )
}

function Sums({ range }: { range: DateRange }) {
  const { t } = useTranslation('portalUsage')
  const format = useFormat()
  const kindText = useKindText()
  const groupsBy = (by: 'model' | 'api_type') => ({ by, sort: 'cost_brl', limit: 1_000, ...windowOf(range) })
  const options = { keepsPrevious: true }
  const models = useApi<ListPage<PortalGroup>>('usage', '/api/portal/usage/groups', groupsBy('model'), options)
  const kinds = useApi<ListPage<PortalGroup>>('usage', '/api/portal/usage/groups', groupsBy('api_type'), options)
  const error = models.error ?? kinds.error
  if (error) {
    const retry = () => void Promise.all([models.refetch(), kinds.refetch()])
    return (
      <Card>
        <ErrorState error={error} onRetry={retry} />
      </Card>
    )
  }
  return (
    <div className="space-y-6">
      <Totals groups={kinds.data?.items} />
      <CostCard range={range} />
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <Card title={t('byModel')}>
          <Shares label={t('byModel')} groups={models.data?.items} format={format.brl} nameOf={({ label }) => label} />
        </Card>
        <Card title={t('byKind')}>
          <Shares label={t('byKind')} groups={kinds.data?.items} format={format.brl} nameOf={({ key }) => kindText(key)} />
        </Card>
      </div>
    </div>
  )
}

interface SharesProps {
  label: string
  groups: readonly PortalGroup[] | undefined
  format(value: number): string
  nameOf(group: PortalGroup): string
}

function Shares({ label, groups, format, nameOf }: SharesProps) {
  const { t } = useTranslation('portalUsage')
  if (groups?.length === 0) return <p className="text-sm text-muted-foreground">{t('none')}</p>
  const items = groups?.map((group) => ({ id: group.key, label: nameOf(group), value: group.cost_brl ?? '0' }))
  return <BarList label={label} items={items?.slice(0, 8)} format={format} rows={3} />
}

function Totals({ groups }: { groups: readonly PortalGroup[] | undefined }) {
  const { t } = useTranslation('portalUsage')
  const format = useFormat()
  const total = (
    name: 'cost_brl' | 'calls' | 'total_tokens' | 'saved_brl' | 'errors' | 'cache_hits' | 'input_tokens' | 'output_tokens' | 'unpriced',
  ) => sum((groups ?? []).map((group) => group[name]))
  const shown = (text: string) => (groups === undefined ? undefined : text)
  const counted = (name: 'errors' | 'cache_hits' | 'unpriced') => ({ count: Number(total(name)), formatted: format.number(total(name), 0) })
  return (
    <StatGrid>
      <Stat
        label={t('cost')}
        value={shown(format.brl(total('cost_brl')))}
        note={total('unpriced') === '0' ? '\u00a0' : t('unpriced', counted('unpriced'))}
      />
      <Stat label={t('calls')} value={shown(format.number(total('calls'), 0))} note={t('errors', counted('errors'))} />
      <Stat
        label={t('tokens')}
        value={shown(format.number(total('total_tokens'), 0))}
        note={t('inAndOut', { input: format.compact(total('input_tokens')), output: format.compact(total('output_tokens')) })}
      />
      <Stat label={t('saved')} value={shown(format.brl(total('saved_brl')))} note={t('cacheHits', counted('cache_hits'))} />
    </StatGrid>
  )
}
