import { quoteTable } from './quote.ts'

export const dropArchive = (table: { schema: string; name: string }): string => `drop table ${quoteTable(table)}`
