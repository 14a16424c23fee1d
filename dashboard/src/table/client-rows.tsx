import type { ReactNode } from 'react'
import type { Topic } from '../api/index.ts'
import { ClientFilter } from './client-filter.tsx'
import { DataTable, type DataTableProps } from './data-table.tsx'
import { ListFilter, type ListFilterProps } from './list-filters.tsx'
import { useList } from './use-list.ts'

interface ClientRowsProps<Row extends { id: string }> {
  path: string
  topic: Topic
  /** Only this client's; undefined: all clients' rows, and one may be chosen. */
  client: string | undefined
  label: string
  columns: DataTableProps<Row>['columns']
  /** What else may be chosen. */
  filter: Pick<ListFilterProps<Row>, 'name' | 'label' | 'options' | 'gender'>
  empty: ReactNode
}

/** What happened at clients, newest first: of one of them or of all, filtered by one property more. */
export function ClientRows<Row extends { id: string }>({ path, topic, client, label, columns, filter, empty }: ClientRowsProps<Row>) {
  const filters = client === undefined ? [filter.name, 'client'] : [filter.name]
  const list = useList<Row>(path, { topic, filters, params: { client } })
  return (
    <DataTable
      label={label}
      list={list}
      columns={columns}
      rowId={(row) => row.id}
      filters={
        <>
          <ListFilter list={list} {...filter} />
          {client === undefined && <ClientFilter list={list} />}
        </>
      }
      empty={empty}
    />
  )
}
