import { type ColumnDef, useTable } from '@tanstack/react-table'
import { Download } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../ui/button.tsx'
import { cn } from '../ui/cn.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { Pagination } from '../ui/pagination.tsx'
import { features } from './columns.ts'
import { Body, SkeletonBody } from './table-body.tsx'
import { HeaderRow } from './table-header.tsx'
import type { List } from './use-list.ts'

export interface DataTableProps<Row extends object> {
  /** What the table is of, for a screen reader. */
  label: string
  list: List<Row>
  /** From `columnsOf<Row>()`, in a useMemo. */
  columns: ReadonlyArray<ColumnDef<typeof features, Row, never> | ColumnDef<typeof features, Row, unknown>>
  rowId(row: Row): string
  /** Where a row leads: a link in its title cell is enough; this adds what the hand expects of a click. */
  onRowClick?(row: Row): void
  /** Fields above the table; `ListSearch` and `ListFilter` are made for it. */
  filters?: ReactNode
  /** What to do when there is nothing at all. */
  empty?: ReactNode
  hasCsv?: boolean
}

const noRows: never[] = []

/** A list of the gateway's. Cards on phones. `<DataTable label={…} list={useList(…)} columns={columns} rowId={(row) => row.id} />` */
export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { label, list, columns, rowId, onRowClick, filters, empty, hasCsv = true } = props
  const { t } = useTranslation()
  const table = useTable<typeof features, Row>({
    features,
    columns: columns as ColumnDef<typeof features, Row>[],
    data: list.rows ?? noRows,
    getRowId: rowId,
  })
  const isEmpty = list.rows?.length === 0
  return (
    <div className="min-w-0 space-y-3">
      {(filters !== undefined || hasCsv) && <Toolbar list={list} filters={filters} hasCsv={hasCsv} />}
      <div className="overflow-x-auto rounded-lg border bg-card">
        {list.error ? (
          <ErrorState error={list.error} onRetry={list.refetch} />
        ) : isEmpty ? (
          <Nothing list={list} empty={empty} />
        ) : (
          <table
            role="table"
            aria-label={label}
            aria-busy={list.rows === undefined || list.isRefreshing}
            className="w-full text-sm max-md:block"
          >
            <HeaderRow table={table} list={list} />
            {list.rows === undefined ? (
              <SkeletonBody columns={columns.length} />
            ) : (
              <Body table={table} isStale={list.isRefreshing} onRowClick={onRowClick} />
            )}
          </table>
        )}
      </div>
      {list.rows === undefined && !list.error && (
        <span className="sr-only" role="status">
          {t('loading')}
        </span>
      )}
      {!list.error && !isEmpty && (
        <Pagination
          // Not seen while the rows are on their way: it would jump with them.
          className={cn(list.rows === undefined && 'invisible')}
          page={list.page.number}
          total={list.total}
          hasNext={list.page.hasNext}
          onFirst={list.page.first}
          onPrevious={list.page.previous}
          onNext={list.page.next}
        />
      )}
    </div>
  )
}

function Toolbar<Row>({ list, filters, hasCsv }: { list: List<Row>; filters: ReactNode; hasCsv: boolean }) {
  const { t } = useTranslation()
  return (
    <div className="flex flex-wrap items-end gap-2">
      {filters}
      {list.isFiltered && (
        <Button variant="ghost" onClick={list.clearFilters}>
          {t('actions.clearFilters')}
        </Button>
      )}
      {hasCsv && (
        <Button asChild variant="secondary" className="ml-auto">
          <a href={list.csvUrl} download>
            <Download aria-hidden />
            {t('actions.downloadCsv')}
          </a>
        </Button>
      )}
    </div>
  )
}

function Nothing<Row>({ list, empty }: { list: List<Row>; empty: ReactNode }) {
  const { t } = useTranslation()
  if (!list.isFiltered) return empty ?? <EmptyState title={t('table.empty')} />
  return (
    <EmptyState
      title={t('table.noMatch')}
      text={t('table.noMatchText')}
      action={
        <Button variant="secondary" onClick={list.clearFilters}>
          {t('actions.clearFilters')}
        </Button>
      }
    />
  )
}
