import { quoteName, quoteTable } from './quote.ts'

/** A row is a JSON array of texts: what PostgreSQL itself writes for each value, so that no digit and no microsecond passes through a number of ours. */
export function openCursor(table: { schema: string; name: string; columns: readonly { name: string }[] }): string {
  const values = table.columns.map(({ name }) => `t.${quoteName(name)}::text`).join(', ')
  return `declare backup_rows no scroll cursor for select to_json(array[${values}]::text[])::text as line from ${quoteTable(table)} t`
}
