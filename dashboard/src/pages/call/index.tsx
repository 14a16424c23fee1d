import { SearchX } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router'
import { useApi } from '../../api/index.ts'
import { useFormat } from '../../format/index.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Stat, StatGrid } from '../../ui/stat.tsx'
import { AttemptsCard } from './attempts-card.tsx'
import { CostCard } from './cost-card.tsx'
import type { Explanation } from './explanation.ts'
import { FactsCard } from './facts-card.tsx'
import { MovesCard } from './moves-card.tsx'
import { StateNote } from './state-note.tsx'

/** How one call came to its cost: what was tried, what it was charged, and which budgets it moved. */
export function CallPage() {
  const { t } = useTranslation('call')
  const { call: id = '' } = useParams()
  const answer = useApi<Explanation>('usage', `/api/admin/calls/${encodeURIComponent(id)}/explanation`)
  const header = (
    <PageHeader
      title={t('title')}
      back={{ to: '/usage?tab=calls', label: t('back') }}
      description={<span className="font-mono break-all">{answer.data?.call_id ?? id}</span>}
      actions={<CopyButton value={answer.data?.call_id ?? id} label={t('copyId')} />}
    />
  )
  if (answer.error) {
    const toCalls = (
      <Button asChild variant="secondary">
        <Link to="/usage?tab=calls">{t('notFound.action')}</Link>
      </Button>
    )
    return (
      <>
        {header}
        {answer.error.status === 404 ? (
          <EmptyState icon={SearchX} title={t('notFound.title')} text={t('notFound.text')} action={toCalls} />
        ) : (
          <ErrorState error={answer.error} onRetry={() => void answer.refetch()} />
        )}
      </>
    )
  }
  const { data } = answer
  return (
    <>
      {header}
      <div className="space-y-6">
        {data && <StateNote explanation={data} />}
        <Figures explanation={data} />
        {data === undefined ? (
          <Loading />
        ) : (
          <>
            {data.call && <FactsCard call={data.call} />}
            <AttemptsCard explanation={data} />
            {data.cost && <CostCard explanation={data} cost={data.cost} />}
            <MovesCard explanation={data} />
          </>
        )}
      </div>
    </>
  )
}

function Figures({ explanation }: { explanation: Explanation | undefined }) {
  const { t } = useTranslation('call')
  const format = useFormat()
  if (explanation && !explanation.call) return null
  const call = explanation?.call
  const cost = explanation?.cost
  const costText = cost?.brl != null ? format.brl(cost.brl) : cost?.usd != null ? format.usd(cost.usd) : t('noPrice')
  return (
    <StatGrid>
      <Stat
        label={t('figures.cost')}
        value={call && costText}
        note={cost?.usd != null && cost.brl !== null ? format.usd(cost.usd) : '\u00a0'}
      />
      <Stat
        label={t('figures.tokens')}
        value={call && format.number(call.total_tokens, 0)}
        note={call ? t('figures.inOut', { input: format.number(call.input_tokens, 0), output: format.number(call.output_tokens, 0) }) : ''}
      />
      <Stat
        label={t('figures.time')}
        value={call && (call.latency_ms === null ? '–' : format.duration(call.latency_ms))}
        note={call?.first_token_ms != null ? t('figures.firstText', { time: format.duration(call.first_token_ms) }) : '\u00a0'}
      />
      <Stat
        label={t('figures.saved')}
        value={call && (call.was_cached ? format.brl(call.saved_brl ?? 0) : '–')}
        note={call ? t(call.was_cached ? 'figures.fromCache' : 'figures.notFromCache') : ''}
      />
    </StatGrid>
  )
}

function Loading() {
  const { t } = useTranslation()
  return (
    <>
      <Card>
        <Skeleton className="h-40 w-full" />
      </Card>
      <Card>
        <Skeleton className="h-56 w-full" />
      </Card>
      <span className="sr-only" role="status">
        {t('loading')}
      </span>
    </>
  )
}
