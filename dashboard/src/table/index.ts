export { type ColumnMeta, columnsOf } from './columns.ts'
export { DataTable, type DataTableProps } from './data-table.tsx'
export { ListFilter, ListSearch } from './list-filters.tsx'
export { type List, type ListOptions, type ListPage, type Sort, useList } from './use-list.ts'
