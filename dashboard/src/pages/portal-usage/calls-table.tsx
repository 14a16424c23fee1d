import { Activity } from 'lucide-react'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { PortalCall } from '../../api/index.ts'
import { type DateRange, useFormat } from '../../format/index.ts'
import { columnsOf, DataTable, ListFilter, useList } from '../../table/index.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { daysOf, windowOf } from '../../usage/buckets.ts'
import { callStatuses, callStatusTones } from '../../usage/call-status.ts'
import { kinds, useKindText } from './use-kind-text.ts'

/** Sorted by a figure, every row of the period is read: the gateway does that for a week. */
const mostDaysByFigure = 7

const column = columnsOf<PortalCall>()

export function CallsTable({ range }: { range: DateRange }) {
  const { t } = useTranslation('portalUsage')
  const kindText = useKindText()
  const list = useList<PortalCall>('/api/portal/calls', {
    topic: 'usage',
    sort: { by: 'created_at', order: 'desc' },
    filters: ['status', 'api_type'],
    params: windowOf(range),
    name: 'calls',
  })
  const columns = useColumns(daysOf(range) <= mostDaysByFigure)
  return (
    <section className="space-y-4">
      <div>
        <h2 className="font-semibold">{t('list.title')}</h2>
        <p className="text-sm text-muted-foreground">{t('list.text')}</p>
      </div>
      <DataTable
        label={t('list.title')}
        list={list}
        columns={columns}
        rowId={(row) => row.call_id}
        filters={
          <>
            <ListFilter
              list={list}
              name="status"
              label={t('status.label')}
              gender="feminine"
              options={callStatuses.map((value) => ({ value, label: t(`status.${value}`) }))}
            />
            <ListFilter
              list={list}
              name="api_type"
              label={t('kind.label')}
              options={kinds.map((value) => ({ value, label: kindText(value) }))}
            />
          </>
        }
        empty={
          <EmptyState
            icon={Activity}
            title={t('list.empty')}
            text={t('list.emptyText')}
            action={
              <Button asChild variant="secondary">
                <Link to="/portal/keys">{t('list.keys')}</Link>
              </Button>
            }
          />
        }
      />
    </section>
  )
}

function useColumns(canSortByFigure: boolean) {
  const { t } = useTranslation('portalUsage')
  const format = useFormat()
  return useMemo(() => {
    const figure = (sort: string) => ({ align: 'end' as const, ...(canSortByFigure && { sort }) })
    return column.columns([
      column.accessor('created_at', {
        header: t('list.when'),
        meta: { isTitle: true, sort: 'created_at' },
        cell: (cell) => <span className="whitespace-nowrap">{format.dateTime(cell.getValue())}</span>,
      }),
      column.accessor('model', {
        header: t('list.model'),
        cell: ({ row: { original: call } }) => (
          <div className="min-w-0">
            <p className="break-words">{call.model}</p>
            <p className="text-muted-foreground">
              {[t(`kind.${call.api_type}`), call.was_cached && t('list.cached')].filter(Boolean).join(', ')}
            </p>
          </div>
        ),
      }),
      column.accessor('status', {
        header: t('list.status'),
        cell: ({ row: { original: call } }) => <Status call={call} />,
      }),
      column.accessor('total_tokens', {
        header: t('list.tokens'),
        meta: figure('total_tokens'),
        cell: (cell) => format.number(cell.getValue(), 0),
      }),
      column.accessor('latency_ms', {
        header: t('list.duration'),
        meta: figure('latency_ms'),
        cell: (cell) => {
          const ms = cell.getValue()
          return ms === null ? '–' : format.duration(ms)
        },
      }),
      column.accessor('cost_brl', {
        header: t('list.cost'),
        meta: figure('cost_brl'),
        cell: (cell) => {
          const cost = cell.getValue()
          return cost === null ? <span className="text-muted-foreground">{t('list.unknownCost')}</span> : format.brl(cost)
        },
      }),
    ])
  }, [t, format, canSortByFigure])
}

function Status({ call }: { call: PortalCall }) {
  const { t } = useTranslation('portalUsage')
  const known = callStatuses.find((one) => one === call.status)
  return (
    <div className="min-w-0">
      <Badge tone={callStatusTones[call.status] ?? 'neutral'}>{known === undefined ? call.status : t(`status.${known}`)}</Badge>
      {call.was_corrected && <p className="mt-1 text-xs text-muted-foreground">{t('list.corrected')}</p>}
      {call.error_code !== null && <p className="mt-1 font-mono text-xs break-words text-muted-foreground">{call.error_code}</p>}
    </div>
  )
}
