import { ScrollText } from 'lucide-react'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useFormat } from '../../format/index.ts'
import { ClientFilter, columnsOf, DataTable, ListFilter, ListSearch, useList } from '../../table/index.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { Actor } from './actor.tsx'
import { Changes } from './changes.tsx'
import { type Entry, tables } from './entry.ts'

const column = columnsOf<Entry>()

export function AuditPage() {
  const { t } = useTranslation('audit')
  const format = useFormat()
  const list = useList<Entry>('/api/admin/audit', { topic: 'config', filters: ['table', 'actor', 'client'] })
  const columns = useMemo(
    () =>
      column.columns([
        column.display({
          id: 'what',
          header: t('what'),
          meta: { isTitle: true },
          cell: ({ row }) => (
            <div className="font-normal">
              <Changes entry={row.original} />
            </div>
          ),
        }),
        column.accessor('client', { header: t('client'), cell: (cell) => <ClientLink slug={cell.getValue()} /> }),
        column.accessor('actor', { header: t('who'), cell: ({ row }) => <Actor entry={row.original} /> }),
        column.accessor('at', {
          header: t('when'),
          cell: (cell) => <span className="md:whitespace-nowrap">{format.dateTime(cell.getValue())}</span>,
        }),
      ]),
    [t, format],
  )
  return (
    <>
      <PageHeader title={t('title')} description={t('text')} />
      <DataTable
        label={t('title')}
        list={list}
        columns={columns}
        rowId={(row) => String(row.id)}
        filters={
          <>
            <ListSearch list={list} name="actor" label={t('searchActor')} />
            <ListFilter
              list={list}
              name="table"
              label={t('table')}
              gender="neuter"
              options={tables.map((value) => ({ value, label: t(`tables.${value}`) }))}
            />
            <ClientFilter list={list} />
          </>
        }
        empty={<EmptyState icon={ScrollText} title={t('empty')} text={t('emptyText')} />}
      />
    </>
  )
}

function ClientLink({ slug }: { slug: string | null }) {
  if (slug === null) return <span className="text-muted-foreground">–</span>
  return (
    <Link to={`/clients/${slug}`} className="underline-offset-4 hover:underline">
      {slug}
    </Link>
  )
}
