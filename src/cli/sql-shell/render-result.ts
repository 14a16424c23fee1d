import type { TextResult } from '../../database/index.ts'
import { pad, visible, widest, width } from '../table.ts'

/** A result as psql prints it: an aligned table with its row count, or the command's tag. */
export function renderResult({ tag, fields, rows }: TextResult): string {
  if (fields.length === 0) return tag === '' ? '' : `${tag}\n`
  const cells = rows.map((row) => row.map((value) => (value === null ? [''] : toLines(value))))
  const widths = fields.map(({ name }, index) => widest([name, ...cells.flatMap((row) => row[index] ?? [])]))
  const header = fields.map(({ name }, index) => ` ${center(name, widths[index] ?? 0)} `).join('|')
  const rule = widths.map((length) => '-'.repeat(length + 2)).join('+')
  const body = cells.flatMap((row) => renderRow(row, fields, widths))
  return `${[header, rule, ...body].join('\n')}\n(${rows.length} ${rows.length === 1 ? 'row' : 'rows'})\n\n`
}

/** A value of several lines takes several lines of the table; `+` says that it goes on. */
function renderRow(row: readonly (readonly string[])[], fields: TextResult['fields'], widths: readonly number[]): string[] {
  const height = Math.max(...row.map((lines) => lines.length))
  return Array.from({ length: height }, (_, index) => {
    const columns = row.map((lines, column) => {
      const text = pad(lines[index] ?? '', widths[column] ?? 0, fields[column]?.isNumeric ? 'right' : 'left')
      return ` ${text}${index + 1 < lines.length ? '+' : ' '}`
    })
    return columns.join('|').trimEnd()
  })
}

function toLines(value: string): string[] {
  return value.split('\n').map(visible)
}

function center(text: string, length: number): string {
  const blanks = Math.max(0, length - width(text))
  const left = Math.floor(blanks / 2)
  return `${' '.repeat(left)}${text}${' '.repeat(blanks - left)}`
}
