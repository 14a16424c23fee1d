import { quoteTable } from './quote.ts'

/** All at once, because they point at each other. A table of somebody else's that points at one of ours makes it fail, as it should. */
export const emptyTables = (tables: readonly { schema: string; name: string }[]): string =>
  `truncate table ${tables.map(quoteTable).join(', ')}`
