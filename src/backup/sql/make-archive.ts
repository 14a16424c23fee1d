import { quoteTable } from './quote.ts'

/** As `ensure_usage_partition` makes a month. */
export const makeArchive = (table: { schema: string; name: string }): string =>
  `create table ${quoteTable(table)} (like public.gateway_usage_logs including defaults including constraints including indexes)`
