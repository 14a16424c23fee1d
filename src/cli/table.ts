import type { Terminal } from './terminal.ts'

/** A title, of cells that stand left; see `right`. */
export type Column = string | { title: string; align: 'right' }

/** Numbers: their digits stand one above the other. */
export function right(title: string): Column {
  return { title, align: 'right' }
}

/** Aligned columns, two spaces apart, without trailing blanks. Titles are bold on a terminal. Cells are anybody's text: see `printable`. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], terminal?: Pick<Terminal, 'style'>): string {
  const titles = columns.map((column) => (typeof column === 'string' ? column : column.title))
  const cells = rows.map((row) => row.map(printable))
  const widths = titles.map((title, index) => widest([title, ...cells.map((row) => row[index] ?? '')]))
  const line = (row: readonly string[]) =>
    columns
      .map((column, index) => pad(row[index] ?? '', widths[index] ?? 0, typeof column === 'string' ? 'left' : 'right'))
      .join('  ')
      .trimEnd()
  const heading = line(titles)
  return [terminal ? terminal.style('bold', heading) : heading, ...cells.map(line)].map((text) => `${text}\n`).join('')
}

/** A name or a provider's message must not move the cursor or change colours: control characters become visible. */
export function printable(text: string): string {
  return visible(text.replaceAll('\n', ' '))
}

/** Control characters as psql shows them: `\x1B`. */
export function visible(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
}

export function pad(text: string, length: number, align: 'left' | 'right'): string {
  const blanks = ' '.repeat(Math.max(0, length - width(text)))
  return align === 'right' ? blanks + text : text + blanks
}

/** In characters as people count them. */
export function width(text: string): number {
  return /^[\u0020-\u007e]*$/.test(text) ? text.length : [...segmenter.segment(text)].length
}

/** Of any number of texts: a result may have more rows than a call takes arguments. */
export function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, width(text)), 0)
}

const segmenter = new Intl.Segmenter()
