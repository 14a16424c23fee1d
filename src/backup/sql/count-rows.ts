import { quoteTable } from './quote.ts'

export const countRows = (table: { schema: string; name: string }): string => `select count(*)::int as count from ${quoteTable(table)}`
