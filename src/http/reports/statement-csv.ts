import { csvLine } from '../api/index.ts'
import type { Statement, StatementLine } from './statement.ts'
import { sums } from './usage-sums.ts'

const columns: readonly (keyof StatementLine)[] = [
  'provider',
  'model',
  'api_type',
  'units',
  'unit',
  ...(Object.keys(sums) as (keyof typeof sums)[]),
]
const monthColumns = ['month', 'time_zone', 'from', 'to', 'is_closed', 'has_all_rows'] as const
const rateColumns = ['brl_for_one_usd', 'source', 'first_day', 'last_day', 'calls'] as const

/**
 * The lines, their total, what was adjusted; after an empty line the rates; after another which month it is, by whose clock, and whether it is
 * whole. Amounts are exact, with a decimal point.
 */
export function statementCsv(statement: Statement): string {
  const { lines, total, adjustments, rates } = statement
  const row = (one: Partial<StatementLine>) => csvLine(columns.map((column) => one[column]))
  return [
    // With the mark by which Excel knows UTF-8.
    '\uFEFF',
    csvLine(columns),
    ...lines.map(row),
    row({ provider: 'total', ...total }),
    row({ provider: 'adjustments (in the total)', ...adjustments }),
    '\r\n',
    csvLine(rateColumns),
    ...rates.map((rate) => csvLine(rateColumns.map((column) => rate[column]))),
    '\r\n',
    csvLine(monthColumns),
    csvLine(monthColumns.map((column) => statement[column])),
  ].join('')
}
