import { cutToNanos, parseUsd } from '../../shared/money.ts'
import { noFigures, type ReportedUsage } from '../../usage/index.ts'
import { UsageError } from '../failure.ts'
import { type CsvCell, csvError, splitCsv } from './split-csv.ts'

type Field = 'date' | 'provider' | 'model' | 'calls' | 'inputTokens' | 'cachedTokens' | 'outputTokens' | 'costUsd'

/** Names of columns, in lower case and with `_` between words. docs/cli.md lists them. */
const columnNames: Record<Field, readonly string[]> = {
  date: ['date', 'day', 'data', 'dia', 'usage_date', 'date_utc', 'start_time_iso'],
  provider: ['provider', 'provedor'],
  model: ['model', 'model_name', 'model_id', 'model_version', 'modelo'],
  calls: ['requests', 'calls', 'num_model_requests', 'num_requests', 'request_count', 'requisicoes', 'chamadas'],
  inputTokens: ['input_tokens', 'prompt_tokens', 'input', 'tokens_de_entrada', 'entrada'],
  cachedTokens: ['cached_tokens', 'cached_input_tokens', 'input_cached_tokens', 'cache_read_tokens', 'tokens_em_cache'],
  outputTokens: ['output_tokens', 'completion_tokens', 'output', 'tokens_de_saida', 'saida'],
  costUsd: ['cost_usd', 'cost', 'amount_usd', 'amount', 'spend', 'total_cost', 'custo_usd', 'custo'],
}
const fields = Object.keys(columnNames) as Field[]

export interface UsageCsv {
  usage: ReportedUsage[]
  /** Rows of other days than those that were asked for. */
  otherDays: number
  /** Without a column for it every row is taken to be of the days asked for. */
  hasDates: boolean
}

/** What a CSV export says of the days from `first` to `last` (`2026-11-21`). Throws UsageError that names line and column. */
export function readUsageCsv(
  text: string,
  { provider, first, last }: { provider: string | undefined; first: string; last: string },
): UsageCsv {
  const { delimiter, rows } = splitCsv(text)
  const [heading, ...lines] = rows
  if (heading === undefined) throw new UsageError('--csv: the file is empty')
  const at = findColumns(heading)
  if (at.model === undefined) throw csvError(heading[0] ?? { line: 1, column: 1 }, `no column is named ${columnNames.model.join(', ')}`)
  if (at.provider === undefined && provider === undefined)
    throw new UsageError('--csv: say whose numbers these are with --provider, or in a column "provider"')
  const known = (['calls', 'inputTokens', 'cachedTokens', 'outputTokens', 'costUsd'] as const).filter((field) => at[field] !== undefined)
  if (known.length === 0) throw csvError(heading[0] ?? { line: 1, column: 1 }, 'no column has tokens, requests or a cost')

  const usage: ReportedUsage[] = []
  let otherDays = 0
  for (const row of lines) {
    if (row.length !== heading.length)
      throw csvError(row.at(-1) ?? { line: 1, column: 1 }, `${row.length} cells where the first line has ${heading.length}`)
    const cell = (field: Field) => (at[field] === undefined ? undefined : row[at[field]])
    const day = cell('date')
    const date = day && readDate(day, delimiter)
    if (date !== undefined && (date < first || date > last)) {
      otherDays++
      continue
    }
    const model = cell('model')
    if (!model || model.text === '')
      throw csvError(model ?? { line: 1, column: 1 }, 'the model is missing (totals are not read: remove their line)')
    const entry: ReportedUsage = { ...noFigures, provider: cell('provider')?.text.toLowerCase() || (provider ?? ''), model: model.text }
    for (const field of known) {
      const value = cell(field)
      if (value === undefined || value.text === '') continue
      if (field === 'costUsd') entry.costUsd = readUsd(value, delimiter)
      else entry[field] = readCount(value, delimiter)
    }
    if (entry.provider === '') throw csvError(row[0] ?? { line: 1, column: 1 }, 'the provider is missing')
    usage.push(entry)
  }
  return { usage, otherDays, hasDates: at.date !== undefined }
}

function findColumns(heading: readonly CsvCell[]): Partial<Record<Field, number>> {
  const at: Partial<Record<Field, number>> = {}
  for (const [index, cell] of heading.entries()) {
    const name = cell.text
      .normalize('NFD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '_')
      .replace(/^_|_$/g, '')
    const field = fields.find((one) => columnNames[one].includes(name))
    if (field === undefined) continue
    if (at[field] !== undefined) throw csvError(cell, `a second column for ${columnNames[field][0]}`)
    at[field] = index
  }
  return at
}

/** `2026-11-21`, also before a time of day; `21/11/2026` in a file with `;`, where it is not an American month first. */
function readDate(cell: CsvCell, delimiter: string): string {
  const [, iso] = /^(\d{4}-\d{2}-\d{2})(?:[T ].*)?$/.exec(cell.text) ?? []
  const [, day, month, year] = (delimiter === ';' && /^(\d{2})\/(\d{2})\/(\d{4})(?: .*)?$/.exec(cell.text)) || []
  const date = iso ?? (year === undefined ? undefined : `${year}-${month}-${day}`)
  const time = date === undefined ? Number.NaN : Date.parse(`${date}T00:00:00Z`)
  if (date === undefined || Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== date)
    throw csvError(cell, `"${shorten(cell.text)}" is no day: write it as 2026-11-21`)
  return date
}

/** Counts have no decimals, so what separates thousands in such a file may stand in them. */
function readCount(cell: CsvCell, delimiter: string): number {
  const grouped = delimiter === ';' ? /^\d{1,3}(?:\.\d{3})+$/ : /^\d{1,3}(?:,\d{3})+$/
  const digits = grouped.test(cell.text) ? cell.text.replace(/[.,]/g, '') : cell.text
  const count = Number(digits)
  if (!/^\d+$/.test(digits) || !Number.isSafeInteger(count)) throw csvError(cell, `"${shorten(cell.text)}" is no whole number`)
  return count
}

/** Dollars with a decimal point or a decimal comma, where only one of both can be meant; rounded to the nano-dollar. */
function readUsd(cell: CsvCell, delimiter: string): ReportedUsage['costUsd'] {
  const text = cell.text.replace(/^(?:US)?\$\s*/, '')
  const [, small] = /^(\d+(?:\.\d+)?[eE]-\d{1,3})$/.exec(text) ?? []
  const plain = small === undefined ? withPoint(text, delimiter) : Number(small).toFixed(9)
  if (plain === 'ambiguous')
    throw csvError(cell, `"${shorten(cell.text)}" can be read with and without decimals: write it without separators of thousands`)
  if (plain === undefined) throw csvError(cell, `"${shorten(cell.text)}" is no amount of dollars`)
  return parseUsd(cutToNanos(plain))
}

function withPoint(text: string, delimiter: string): string | undefined {
  if (/^\d+$/.test(text)) return text
  if (/^\d{1,3}(?:\.\d{3})+,\d+$/.test(text)) return text.replaceAll('.', '').replace(',', '.')
  if (/^\d{1,3}(?:,\d{3})+\.\d+$/.test(text)) return text.replaceAll(',', '')
  const [, whole = '', mark, fraction = ''] = /^(\d+)([.,])(\d+)$/.exec(text) ?? []
  if (mark === undefined) return undefined
  // Three digits behind the mark that such a file separates thousands with could be thousands: `1.234` beside `;`, `1,234` beside `,`.
  const isThousandsMark = mark === (delimiter === ';' ? '.' : ',')
  if (isThousandsMark && fraction.length === 3 && /^[1-9]\d{0,2}$/.test(whole)) return 'ambiguous'
  return `${whole}.${fraction}`
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
