import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { audit } from '../../i18n/pt-br/audit.ts'
import { fieldsOf, tables } from './entry.ts'

const schema = await readFile(new URL('../../../../tests/schema.sql', import.meta.url), 'utf8')
const audited = [...schema.matchAll(/CREATE TRIGGER audit AFTER .* ON public\.(\w+) FOR EACH ROW/g)].map(([, table = '']) => table)

/** By the words that begin a column's line: constraints begin with a capital. */
function columnsOf(table: string): string[] {
  const body = new RegExp(`CREATE TABLE public\\.${table} \\(\\n([^;]*)\\n\\)`).exec(schema)?.[1] ?? ''
  return [...body.matchAll(/^\s+"?([a-z]\w*)"? /gm)].map(([, column = '']) => column)
}

it('has a name for every table whose changes are written down', () => {
  expect(audited.length).toBeGreaterThan(10)
  expect(audited.filter((table) => !(tables as readonly string[]).includes(table))).toEqual([])
})

it('has a name for every column of them that it shows', () => {
  const shown = audited.flatMap((table) =>
    fieldsOf({ before: Object.fromEntries(columnsOf(table).map((name) => [name, 1])), after: null }).map(({ name }) => `${table}.${name}`),
  )
  expect(shown.length).toBeGreaterThan(100)
  expect(shown.filter((name) => !(name.slice(name.indexOf('.') + 1) in audit.fields))).toEqual([])
})
