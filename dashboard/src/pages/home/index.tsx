import { useTranslation } from 'react-i18next'
import { type Answer, useApi } from '../../api/index.ts'
import { useFormat } from '../../format/index.ts'
import { ErrorState } from '../../ui/error-state.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { AttentionCard } from './attention-card.tsx'
import { DaysCard } from './days-card.tsx'
import { NearestLimitsCard } from './nearest-limits-card.tsx'
import { SpanCard } from './span-card.tsx'

/** What happens between two events that are told: midnight, a rate that gets old. */
const refetchIntervalMs = 60_000

export function HomePage() {
  const { t } = useTranslation('home')
  const { zone } = useFormat()
  const overview = useApi<Answer<'GET /overview'>>('usage', '/api/admin/overview', { time_zone: zone }, { refetchIntervalMs })
  const { data, error } = overview
  if (error && !data) {
    return (
      <>
        <PageHeader title={t('title')} />
        <ErrorState error={error} onRetry={() => void overview.refetch()} />
      </>
    )
  }
  return (
    <>
      <PageHeader title={t('title')} description={t('text', { zone })} />
      <div className="space-y-6">
        <div className="grid gap-6 xl:grid-cols-2">
          <SpanCard title={t('today.title')} description={t('today.text')} span={data?.today} />
          <SpanCard title={t('month.title')} description={t('month.text')} span={data?.month} />
        </div>
        <div className="grid gap-6 xl:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
          <DaysCard days={data?.days} />
          <AttentionCard attention={data?.attention} />
        </div>
        <NearestLimitsCard nearest={data?.nearest_limits} />
      </div>
    </>
  )
}
