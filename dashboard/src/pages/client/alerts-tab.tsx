import { BellRing } from 'lucide-react'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { alertTones } from '../../alerts/index.ts'
import type { Item } from '../../api/index.ts'
import { type BudgetPeriod, type BudgetType, useBudgetName } from '../../budgets/index.ts'
import { useFormat } from '../../format/index.ts'
import { ChannelsCard } from '../../notifications/index.ts'
import { columnsOf, DataTable, useList } from '../../table/index.ts'
import { Badge } from '../../ui/badge.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import type { Client } from './client.ts'

type Alert = Item<'GET /alerts'>

/** What an alert about a budget says besides. */
interface BudgetAlert {
  used: string | number
  limit: string | number
  threshold: number | null
  details: { budget_type: BudgetType; budget_period: BudgetPeriod; reason?: 'used' | 'refused' }
}

const column = columnsOf<Alert>()

export function AlertsTab({ client }: { client: Client }) {
  const { t } = useTranslation('client')
  const format = useFormat(client.time_zone)
  const list = useList<Alert>('/api/admin/alerts', { topic: 'alerts', params: { client: client.slug } })
  const columns = useMemo(
    () =>
      column.columns([
        column.accessor('created_at', {
          header: t('alerts.when'),
          meta: { isTitle: true },
          cell: (cell) => format.dateTime(cell.getValue()),
        }),
        column.accessor('kind', {
          header: t('alerts.kind'),
          cell: (cell) => <Badge tone={alertTones[cell.getValue()]}>{t(`alerts.kinds.${cell.getValue()}`)}</Badge>,
        }),
        column.display({ id: 'what', header: t('alerts.what'), cell: ({ row: { original } }) => <AlertText alert={original} /> }),
      ]),
    [t, format],
  )
  return (
    <div className="space-y-6">
      <ChannelsCard client={client.slug} />
      <DataTable
        label={t('tabs.alerts')}
        list={list}
        columns={columns}
        rowId={(row) => row.id}
        empty={<EmptyState icon={BellRing} title={t('alerts.empty')} text={t('alerts.emptyText')} />}
      />
    </div>
  )
}

function AlertText({ alert }: { alert: Alert }) {
  const { t } = useTranslation('client')
  const format = useFormat()
  const nameOf = useBudgetName()
  if (alert.kind !== 'budget_threshold' && alert.kind !== 'budget_exceeded') return t(`alerts.texts.${alert.kind}`)
  const { used, limit, threshold, details } = alert as unknown as BudgetAlert
  const { budget_type: type, budget_period: period, reason } = details
  const words = { name: nameOf({ type, period }), used: format.amount(used, type), limit: format.amount(limit, type) }
  if (alert.kind === 'budget_threshold') return t('alerts.texts.threshold', { ...words, share: format.percent((threshold ?? 0) / 100, 0) })
  return reason === 'refused' ? t('alerts.texts.refused', words) : t('alerts.texts.used', words)
}
