import { createColumnHelper, metaHelper, tableFeatures } from '@tanstack/react-table'

export interface ColumnMeta {
  /** Figures stand at the end of their column, one below the other. */
  align?: 'end'
  /** What the endpoint calls this column in `sort`; without it one cannot sort by it. */
  sort?: string
  /** The cell takes a card's whole first line on a phone. One column a table. */
  isTitle?: boolean
  /** No label on a phone: buttons. */
  isUnlabelled?: boolean
}

/** Sorting, filtering and paging are the gateway's, so the table needs none of the library's. */
export const features = tableFeatures({ columnMeta: metaHelper<ColumnMeta>() })

/** Columns of a row's type: `const column = columnsOf<Client>()`, once, outside of the component. */
export function columnsOf<Row extends object>() {
  return createColumnHelper<typeof features, Row>()
}
