import { ScrollText } from 'lucide-react'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useFormat } from '../../format/index.ts'
import { columnsOf, DataTable, useList } from '../../table/index.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Actor } from '../audit/actor.tsx'
import { Changes } from '../audit/changes.tsx'
import type { Entry } from '../audit/entry.ts'
import type { Client } from './client.ts'

const column = columnsOf<Entry>()

export function AuditTab({ client }: { client: Client }) {
  const { t } = useTranslation('client')
  const format = useFormat(client.time_zone)
  const list = useList<Entry>('/api/admin/audit', { topic: 'config', params: { client: client.slug } })
  const columns = useMemo(
    () =>
      column.columns([
        column.display({
          id: 'what',
          header: t('audit.what'),
          meta: { isTitle: true },
          cell: ({ row }) => (
            <div className="font-normal">
              <Changes entry={row.original} />
            </div>
          ),
        }),
        column.accessor('actor', { header: t('audit.actor'), cell: ({ row }) => <Actor entry={row.original} /> }),
        column.accessor('at', {
          header: t('audit.when'),
          cell: (cell) => <span className="md:whitespace-nowrap">{format.dateTime(cell.getValue())}</span>,
        }),
      ]),
    [t, format],
  )
  return (
    <div className="space-y-4">
      <DataTable
        label={t('tabs.audit')}
        list={list}
        columns={columns}
        rowId={(row) => String(row.id)}
        empty={<EmptyState icon={ScrollText} title={t('audit.empty')} text={t('audit.emptyText')} />}
      />
      <Button asChild variant="link" size="inline">
        <Link to={`/audit?client=${client.slug}`}>{t('audit.all')}</Link>
      </Button>
    </div>
  )
}
