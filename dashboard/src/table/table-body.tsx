import { type Cell, FlexRender, type Table, type Row as TableRow } from '@tanstack/react-table'
import type { MouseEvent } from 'react'
import { cn } from '../ui/cn.ts'
import { Skeleton } from '../ui/skeleton.tsx'
import type { features } from './columns.ts'

type Features = typeof features

export interface BodyProps<Row extends object> {
  table: Pick<Table<Features, Row>, 'getRowModel'>
  isStale: boolean
  onRowClick: ((row: Row) => void) | undefined
}

/** Roles are said, because what is shown as cards on a phone is no table to browsers any more. */
export function Body<Row extends object>({ table, isStale, onRowClick }: BodyProps<Row>) {
  return (
    <tbody className={cn('transition-opacity max-md:block', isStale && 'opacity-60')}>
      {table.getRowModel().rows.map((row) => (
        <BodyRow key={row.id} row={row} onRowClick={onRowClick} />
      ))}
    </tbody>
  )
}

function BodyRow<Row extends object>({ row, onRowClick }: { row: TableRow<Features, Row>; onRowClick: BodyProps<Row>['onRowClick'] }) {
  const click = (event: MouseEvent<HTMLTableRowElement>) => {
    // A link or button inside does its own, and who marks text to copy it does not want to leave.
    if ((event.target as HTMLElement).closest('a,button,input,label,[role]:not([role=row]):not([role=cell])')) return
    if (window.getSelection()?.toString() === '') onRowClick?.(row.original)
  }
  return (
    // Beside the link in the row, which the keyboard uses.
    <tr
      role="row"
      onClick={onRowClick && click}
      className={cn('border-b last:border-b-0 max-md:block max-md:px-4 max-md:py-3', onRowClick && 'cursor-pointer hover:bg-muted/50')}
    >
      {row.getAllCells().map((cell) => (
        <BodyCell key={cell.id} cell={cell} />
      ))}
    </tr>
  )
}

function BodyCell<Row extends object>({ cell }: { cell: Cell<Features, Row> }) {
  const { meta, header } = cell.column.columnDef
  const isLabelled = !meta?.isTitle && !meta?.isUnlabelled && typeof header === 'string'
  return (
    <td
      role="cell"
      className={cn(
        'px-4 py-2.5 align-middle max-md:flex max-md:items-baseline max-md:justify-between max-md:gap-4 max-md:px-0 max-md:py-1',
        meta?.align === 'end' && 'text-right whitespace-nowrap',
        meta?.isTitle && 'font-medium max-md:pb-2',
        meta?.isUnlabelled && 'max-md:justify-end',
      )}
    >
      {isLabelled && (
        <span aria-hidden className="shrink-0 text-muted-foreground md:hidden">
          {header}
        </span>
      )}
      <div
        className={cn(
          'min-w-0 max-md:text-right max-md:[.font-medium>&]:text-left',
          // A name of one long word takes no column's place.
          meta?.isTitle ? 'wrap-anywhere md:min-w-36' : 'break-words',
        )}
      >
        <FlexRender cell={cell} />
      </div>
    </td>
  )
}

const skeletonRows = [0, 1, 2, 3, 4, 5, 6, 7]

export function SkeletonBody({ columns }: { columns: number }) {
  const cells = Array.from({ length: columns }, (_, index) => index)
  return (
    <tbody aria-hidden className="max-md:block">
      {skeletonRows.map((row) => (
        <tr key={row} className="border-b last:border-b-0 max-md:block max-md:px-4 max-md:py-3">
          {cells.map((cell) => (
            <td key={cell} className="px-4 py-2.5 max-md:block max-md:px-0 max-md:py-1">
              <Skeleton className={cn('h-5', cell === 0 ? 'w-40' : 'w-20')} />
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  )
}
