import type { Header, Table } from '@tanstack/react-table'
import { FlexRender } from '@tanstack/react-table'
import { ArrowDown, ArrowUp, ChevronsUpDown } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { cn } from '../ui/cn.ts'
import type { features } from './columns.ts'
import type { List } from './use-list.ts'

type Features = typeof features

/** Hidden on phones, where each card names its figures; the order is chosen on a wider screen. */
export function HeaderRow<Row extends object>({ table, list }: { table: Pick<Table<Features, Row>, 'getHeaderGroups'>; list: List<Row> }) {
  return (
    <thead className="max-md:sr-only">
      {table.getHeaderGroups().map((group) => (
        <tr key={group.id}>
          {group.headers.map((header) => (
            <HeaderCell key={header.id} header={header} list={list} />
          ))}
        </tr>
      ))}
    </thead>
  )
}

function HeaderCell<Row extends object>({ header, list }: { header: Header<Features, Row>; list: List<Row> }) {
  const meta = header.column.columnDef.meta
  const sort = meta?.sort
  const isSorted = sort !== undefined && list.sort?.by === sort
  const order = isSorted && list.sort?.order === 'asc' ? 'ascending' : 'descending'
  // Above buttons there is nothing to name.
  if (meta?.isUnlabelled) return <td className="border-b" />
  return (
    <th
      scope="col"
      aria-sort={isSorted ? order : undefined}
      className={cn(
        'h-10 border-b px-4 text-left font-medium whitespace-nowrap text-muted-foreground',
        meta?.align === 'end' && 'text-right',
      )}
    >
      {sort === undefined ? (
        <FlexRender header={header} />
      ) : (
        <SortButton header={header} order={isSorted ? order : undefined} onClick={() => list.sortBy(sort)} />
      )}
    </th>
  )
}

interface SortButtonProps<Row extends object> {
  header: Header<Features, Row>
  order: 'ascending' | 'descending' | undefined
  onClick(): void
}

function SortButton<Row extends object>({ header, order, onClick }: SortButtonProps<Row>) {
  const { t } = useTranslation()
  const Sign = order === undefined ? ChevronsUpDown : order === 'ascending' ? ArrowUp : ArrowDown
  return (
    <button
      type="button"
      onClick={onClick}
      title={t('table.sortBy', { column: String(header.column.columnDef.header ?? '') })}
      className={cn('-mx-1.5 inline-flex h-8 items-center gap-1 rounded px-1.5 hover:text-foreground', order && 'text-foreground')}
    >
      <FlexRender header={header} />
      <Sign className="size-3.5" aria-hidden />
    </button>
  )
}
