import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useSearchParams } from 'react-router'
import { useFormat } from '../../format/index.ts'
import { columnsOf, DataTable, useList } from '../../table/index.ts'
import { Card } from '../../ui/card.tsx'
import type { Group } from './usage-api.ts'
import type { Scope, ScopeFilter } from './use-scope.ts'

const column = columnsOf<Group>()

/** Sums of each client, provider, model or kind of call. The name narrows the page to it. */
export function GroupsTable({ by, scope }: { by: ScopeFilter; scope: Scope }) {
  const { t } = useTranslation('usage')
  const { t: models } = useTranslation('models')
  const format = useFormat()
  const list = useList<Group>('/api/admin/usage/groups', {
    topic: 'usage',
    name: 'groups',
    sort: { by: 'cost_brl', order: 'desc' },
    params: { ...scope.params, by },
    limit: 20,
  })
  const columns = useMemo(() => {
    const nameOf = (row: Group) => (by === 'api_type' ? models(`apiType.${row.key as 'chat'}`) : row.label)
    return column.columns([
      column.accessor('key', {
        header: t(`by.${by}`),
        meta: { isTitle: true, sort: 'key' },
        cell: (cell) => <Narrow by={by} value={cell.getValue()} text={nameOf(cell.row.original)} />,
      }),
      column.accessor('calls', {
        header: t('columns.calls'),
        meta: { align: 'end', sort: 'calls' },
        cell: (cell) => format.number(cell.getValue(), 0),
      }),
      column.accessor('errors', {
        header: t('columns.errors'),
        meta: { align: 'end', sort: 'errors' },
        cell: (cell) => format.number(cell.getValue(), 0),
      }),
      column.accessor('total_tokens', {
        header: t('columns.tokens'),
        meta: { align: 'end', sort: 'total_tokens' },
        cell: (cell) => format.number(cell.getValue(), 0),
      }),
      column.accessor('cache_hits', {
        header: t('columns.cacheHits'),
        meta: { align: 'end', sort: 'cache_hits' },
        cell: (cell) => format.number(cell.getValue(), 0),
      }),
      column.accessor('saved_brl', {
        header: t('columns.saved'),
        meta: { align: 'end', sort: 'saved_brl' },
        cell: (cell) => format.brl(cell.getValue()),
      }),
      column.accessor('cost_brl', {
        header: t('columns.cost'),
        meta: { align: 'end', sort: 'cost_brl' },
        cell: (cell) => {
          const cost = cell.getValue()
          return cost === null ? <span className="text-muted-foreground">{t('unknownCost')}</span> : format.brl(cost)
        },
      }),
    ])
  }, [by, t, models, format])
  return (
    <Card title={t(`groups.${by}`)}>
      <DataTable label={t(`groups.${by}`)} list={list} columns={columns} rowId={(row) => row.key} />
    </Card>
  )
}

function Narrow({ by, value, text }: { by: ScopeFilter; value: string; text: string }) {
  const { t } = useTranslation('usage')
  const [params] = useSearchParams()
  const narrowed = new URLSearchParams(params)
  narrowed.set(by, value)
  return (
    <Link to={{ search: `?${narrowed}` }} className="break-all hover:underline focus-visible:underline" title={t('narrow', { name: text })}>
      {text}
    </Link>
  )
}
