import { Activity } from 'lucide-react'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate, useSearchParams } from 'react-router'
import { useCanEdit } from '../../auth/index.ts'
import { type Format, useFormat } from '../../format/index.ts'
import { columnsOf, DataTable, type List, ListFilter, ListSearch, useList } from '../../table/index.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { daysOf, lastDaysOf, windowOf } from '../../usage/buckets.ts'
import { callStatuses, callStatusTones } from '../../usage/call-status.ts'
import type { ListedCall } from './usage-api.ts'
import type { Scope } from './use-scope.ts'

const column = columnsOf<ListedCall>()
/** Where the gateway has to read every row, it reads so many days at most. */
const mostRowDays = 7

/** Every call of the period, as it counts in all sums. */
export function CallsTab({ scope }: { scope: Scope }) {
  const { t } = useTranslation('usage')
  const format = useFormat()
  const navigate = useNavigate()
  const [params] = useSearchParams()
  const isCut = readsEveryRow(params) && daysOf(scope.range) > mostRowDays
  const list = useList<ListedCall>('/api/admin/calls', {
    topic: 'usage',
    params: isCut ? { ...scope.params, ...windowOf(lastDaysOf(scope.range, mostRowDays)) } : scope.params,
    sort: { by: 'created_at', order: 'desc' },
    filters: ['search', 'status', 'error_code', 'source', 'was_cached', 'was_fallback'],
  })
  const columns = useColumns(format)
  return (
    <>
      {isCut && (
        <p role="status" className="mb-3 rounded-md bg-warning-soft px-3 py-2.5 text-sm text-warning">
          {t('cut', { days: mostRowDays })}
        </p>
      )}
      <DataTable
        label={t('tabs.calls')}
        list={list}
        columns={columns}
        rowId={(row) => row.call_id}
        onRowClick={(row) => navigate(`/usage/${encodeURIComponent(row.call_id)}`)}
        filters={<Filters list={list} />}
        empty={<NoCalls />}
      />
    </>
  )
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Has the gateway no index for what is asked? Time and call ids have one. */
function readsEveryRow(params: URLSearchParams): boolean {
  const search = params.get('search') ?? ''
  return (params.get('sort') ?? 'created_at') !== 'created_at' || (search !== '' && !uuid.test(search))
}

function useColumns(format: Format) {
  const { t } = useTranslation('usage')
  return useMemo(() => {
    return column.columns([
      column.accessor('created_at', {
        header: t('columns.when'),
        meta: { isTitle: true, sort: 'created_at' },
        cell: (cell) => (
          <Link
            to={`/usage/${encodeURIComponent(cell.row.original.call_id)}`}
            className="whitespace-nowrap hover:underline focus-visible:underline"
          >
            {format.dateTime(cell.getValue())}
          </Link>
        ),
      }),
      column.accessor('client', { header: t('columns.client') }),
      column.accessor('model', { header: t('columns.model'), cell: (cell) => <ModelCell call={cell.row.original} /> }),
      column.accessor('status', { header: t('columns.status'), cell: (cell) => <StatusCell call={cell.row.original} /> }),
      column.accessor('total_tokens', {
        header: t('columns.tokens'),
        meta: { align: 'end', sort: 'total_tokens' },
        cell: (cell) => format.number(cell.getValue(), 0),
      }),
      column.accessor('latency_ms', {
        header: t('columns.latency'),
        meta: { align: 'end', sort: 'latency_ms' },
        cell: (cell) => {
          const ms = cell.getValue()
          return ms === null ? '–' : format.duration(Math.round(ms))
        },
      }),
      column.accessor('cost_brl', {
        header: t('columns.cost'),
        meta: { align: 'end', sort: 'cost_brl' },
        cell: (cell) => {
          const { cost_brl: brl, cost_usd: usd } = cell.row.original
          if (brl !== null) return format.brl(brl)
          return usd === null ? <span className="text-muted-foreground">{t('unknownCost')}</span> : format.usd(usd)
        },
      }),
    ])
  }, [t, format])
}

function ModelCell({ call }: { call: ListedCall }) {
  const { t } = useTranslation('usage')
  const { t: models } = useTranslation('models')
  const asked = call.requested_model !== null && call.requested_model !== call.model && !call.model.endsWith(`/${call.requested_model}`)
  return (
    <>
      <span className="block break-all">{call.model}</span>
      <span className="block text-xs text-muted-foreground">
        {[models(`apiType.${call.api_type}`), asked && t('askedFor', { model: call.requested_model })].filter(Boolean).join(' · ')}
      </span>
    </>
  )
}

function StatusCell({ call }: { call: ListedCall }) {
  const { t } = useTranslation('usage')
  return (
    <span className="inline-flex flex-wrap gap-1 max-md:justify-end">
      <Badge tone={callStatusTones[call.status] ?? 'neutral'}>{t(`status.${call.status as 'ok'}`, { defaultValue: call.status })}</Badge>
      {call.error_code !== null && <Badge>{call.error_code}</Badge>}
      {call.was_cached && <Badge tone="accent">{t('cached')}</Badge>}
      {call.was_fallback && <Badge tone="warning">{t('fallback')}</Badge>}
      {call.was_corrected && <Badge>{t('corrected')}</Badge>}
    </span>
  )
}

function Filters({ list }: { list: List<ListedCall> }) {
  const { t } = useTranslation('usage')
  const yesOrNo = [
    { value: 'true', label: t('yes') },
    { value: 'false', label: t('no') },
  ]
  const named = (name: 'was_cached' | 'was_fallback') =>
    yesOrNo.map(({ value, label }) => ({ value, label: `${t(`filter.${name}`)}: ${label.toLowerCase()}` }))
  const code = list.filters.error_code ?? ''
  return (
    <>
      <ListSearch list={list} name="search" label={t('filter.search')} />
      <ListFilter
        list={list}
        name="status"
        label={t('columns.status')}
        gender="feminine"
        options={callStatuses.map((status) => ({
          value: status,
          label: t(`status.${status}`),
        }))}
      />
      <ListFilter
        list={list}
        name="source"
        label={t('filter.source')}
        gender="feminine"
        options={(['api', 'library', 'whatsapp', 'test'] as const).map((source) => ({ value: source, label: t(`source.${source}`) }))}
      />
      <ListFilter list={list} name="was_cached" label={t('filter.was_cached')} gender="feminine" options={named('was_cached')} />
      <ListFilter list={list} name="was_fallback" label={t('filter.was_fallback')} gender="feminine" options={named('was_fallback')} />
      {code !== '' && (
        <Button variant="secondary" onClick={() => list.setFilter('error_code', '')} aria-label={t('filter.removeCode', { code })}>
          {code} <span aria-hidden>×</span>
        </Button>
      )}
    </>
  )
}

function NoCalls() {
  const { t } = useTranslation('usage')
  const canEdit = useCanEdit()
  return (
    <EmptyState
      icon={Activity}
      title={t('empty.title')}
      text={t('empty.text')}
      {...(canEdit && {
        action: (
          <Button asChild>
            <Link to="/playground">{t('empty.action')}</Link>
          </Button>
        ),
      })}
    />
  )
}
