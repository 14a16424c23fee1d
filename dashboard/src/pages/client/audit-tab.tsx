import { ScrollText } from 'lucide-react'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import type { Item } from '../../api/index.ts'
import { useFormat } from '../../format/index.ts'
import { columnsOf, DataTable, useList } from '../../table/index.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import type { Client } from './client.ts'

type Entry = Item<'GET /audit'>

const column = columnsOf<Entry>()
const tables = ['clients', 'budgets', 'client_api_keys', 'model_routes', 'client_guardrails'] as const
const actions = { insert: 'insert', update: 'update', delete: 'delete' } as const
const mostColumns = 4

export function AuditTab({ client }: { client: Client }) {
  const { t } = useTranslation('client')
  const format = useFormat(client.time_zone)
  const list = useList<Entry>('/api/admin/audit', { topic: 'config', params: { client: client.slug } })
  const columns = useMemo(
    () =>
      column.columns([
        column.accessor('at', { header: t('audit.when'), meta: { isTitle: true }, cell: (cell) => format.dateTime(cell.getValue()) }),
        column.accessor('actor', { header: t('audit.actor'), cell: (cell) => <span className="break-all">{cell.getValue()}</span> }),
        column.display({ id: 'what', header: t('audit.what'), cell: ({ row: { original } }) => <What entry={original} /> }),
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

/** Which table, and which columns became what. */
function What({ entry: { action, table_name: table, before, after } }: { entry: Entry }) {
  const { t } = useTranslation('client')
  const verb = Object.hasOwn(actions, action) ? t(`audit.actions.${action as keyof typeof actions}`) : action
  const known = tables.find((name) => name === table)
  const columns = before !== null && after !== null ? Object.keys(after) : []
  const show = (value: unknown) => (value === null || value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value))
  return (
    <div className="space-y-0.5">
      <p>
        {verb} {known ? t(`audit.tables.${known}`) : <code className="font-mono text-xs">{table}</code>}
      </p>
      {columns.slice(0, mostColumns).map((name) => (
        <p key={name} className="font-mono text-xs break-all text-muted-foreground">
          {name}: {show(before?.[name])} → {show(after?.[name])}
        </p>
      ))}
      {columns.length > mostColumns && (
        <p className="text-xs text-muted-foreground">{t('audit.more', { count: columns.length - mostColumns })}</p>
      )}
    </div>
  )
}
