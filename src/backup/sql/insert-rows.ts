import { quoteName, quoteTable } from './quote.ts'

/** $1 is a JSON array of rows as `openCursor` made them. */
export function insertRows(table: { schema: string; name: string; columns: readonly { name: string; type: string }[] }): string {
  const names = table.columns.map(({ name }) => quoteName(name)).join(', ')
  const values = table.columns.map(({ type }, index) => `(r ->> ${index})::${type}`).join(', ')
  return `insert into ${quoteTable(table)} (${names}) overriding system value select ${values} from json_array_elements($1::json) as r`
}
