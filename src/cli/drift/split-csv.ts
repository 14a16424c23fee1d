import { UsageError } from '../failure.ts'

/** A cell and where it begins, both counted from 1, as editors do. */
export interface CsvCell {
  text: string
  line: number
  column: number
}

export interface Csv {
  delimiter: ',' | ';'
  rows: CsvCell[][]
}

/**
 * Rows and cells of RFC 4180: quoted cells may hold delimiters, line ends and doubled quotes. The delimiter is the one that the first line
 * has outside of quotes: spreadsheets in Portuguese write `;`. Empty lines are left out. Throws UsageError with line and column.
 */
export function splitCsv(source: string): Csv {
  const text = source.replace(/^\uFEFF/, '')
  const [heading = ''] = text.split(/\r?\n/, 1)
  const delimiter = heading.replace(/"[^"]*"/g, '').includes(';') ? ';' : ','
  // A quoted cell, or one without any quote; then what ends it.
  const cell = delimiter === ';' ? /(?:"((?:[^"]|"")*)"|([^";\r\n]*))(;|\r?\n|$)/y : /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y
  const rows: CsvCell[][] = []
  let row: CsvCell[] = []
  let line = 1
  let lineStart = 0
  while (cell.lastIndex < text.length || row.length > 0) {
    const start = cell.lastIndex
    const found = cell.exec(text)
    if (found === null) throw csvError({ line, column: start - lineStart + 1 }, 'a quote stands where none may, or is not closed')
    const [whole, quoted, plain = '', end] = found
    row.push({ text: (quoted?.replaceAll('""', '"') ?? plain).trim(), line, column: start - lineStart + 1 })
    const lineEnds = whole.split('\n').length - 1
    if (lineEnds > 0) {
      line += lineEnds
      lineStart = start + whole.lastIndexOf('\n') + 1
    }
    if (end === delimiter) continue
    if (row.some((one) => one.text !== '')) rows.push(row)
    row = []
  }
  return { delimiter, rows }
}

export function csvError({ line, column }: { line: number; column: number }, what: string): UsageError {
  return new UsageError(`--csv, line ${line}, column ${column}: ${what}`)
}
