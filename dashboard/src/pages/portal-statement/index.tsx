import { Download, FileText } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'
import { type PortalMe, type PortalStatement, urlOf, useApi } from '../../api/index.ts'
import { useFormat } from '../../format/index.ts'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { Select } from '../../ui/select.tsx'
import { Stat, StatGrid } from '../../ui/stat.tsx'
import { LinesCard } from './lines-card.tsx'
import { lastMonths, monthText } from './months.ts'
import { RatesCard } from './rates-card.tsx'

const shownMonths = 24
const path = '/api/portal/statement'

export function PortalStatementPage() {
  const { t } = useTranslation('portalStatement')
  const format = useFormat()
  const [params, setParams] = useSearchParams()
  const months = lastMonths(shownMonths, format.zone)
  const month = months.find((one) => one === params.get('month')) ?? months[0] ?? ''
  const me = useApi<PortalMe>('config', '/api/portal/me')
  const statement = useApi<PortalStatement>('usage', path, { month })
  return (
    <>
      <PageHeader
        title={t('title')}
        description={t('text', { client: me.data?.client.name ?? '' })}
        actions={
          <>
            <Select
              aria-label={t('month')}
              className="w-52"
              options={months.map((one) => ({ value: one, label: monthText(one, format.language) }))}
              value={month}
              onValueChange={(one) => setParams(one === months[0] ? {} : { month: one })}
            />
            <DownloadLink href={urlOf(`${path}.pdf`, { month, lang: format.language })} text={t('pdf')} />
            <DownloadLink href={urlOf(`${path}.csv`, { month })} text={t('csv')} />
          </>
        }
      />
      {statement.error ? (
        <Card>
          <ErrorState error={statement.error} onRetry={() => void statement.refetch()} />
        </Card>
      ) : (
        <Month statement={statement.data} />
      )}
    </>
  )
}

function DownloadLink({ href, text }: { href: string; text: string }) {
  return (
    <Button asChild variant="secondary">
      <a href={href} download>
        <Download aria-hidden />
        {text}
      </a>
    </Button>
  )
}

function Month({ statement }: { statement: PortalStatement | undefined }) {
  const { t } = useTranslation('portalStatement')
  if (statement?.lines.length === 0) {
    return (
      <Card>
        <EmptyState
          icon={FileText}
          title={t('empty.title')}
          text={t('empty.text')}
          action={
            <Button asChild variant="secondary">
              <Link to="/portal/usage">{t('empty.action')}</Link>
            </Button>
          }
        />
      </Card>
    )
  }
  return (
    <div className="space-y-6">
      <Totals statement={statement} />
      <LinesCard statement={statement} />
      <RatesCard statement={statement} />
    </div>
  )
}

function Totals({ statement }: { statement: PortalStatement | undefined }) {
  const { t } = useTranslation('portalStatement')
  const format = useFormat()
  const total = statement?.total
  const notes = statement && notesOf(statement)
  return (
    <div className="space-y-3">
      <StatGrid>
        <Stat label={t('total')} value={total && format.brl(total.cost_brl ?? '0')} />
        <Stat label={t('calls')} value={total && format.number(total.calls, 0)} />
        <Stat label={t('tokens')} value={total && format.number(total.total_tokens, 0)} />
        <Stat label={t('saved')} value={total && format.brl(total.saved_brl)} />
      </StatGrid>
      <ul className="min-h-5 space-y-1 text-sm text-muted-foreground">
        {notes?.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </div>
  )

  function notesOf({ is_closed, time_zone, has_all_rows, adjustments, total: sums }: PortalStatement): string[] {
    const counted = (count: number) => ({ count, formatted: format.number(count, 0) })
    return [
      t(is_closed ? 'closed' : 'open', { zone: time_zone }),
      adjustments.calls > 0 ? t('adjustments', { ...counted(adjustments.calls), amount: format.brl(adjustments.cost_brl) }) : '',
      sums.unpriced > 0 ? t('unpriced', counted(sums.unpriced)) : '',
      has_all_rows ? '' : t('incomplete'),
      t('rounded'),
    ].filter((note) => note !== '')
  }
}
