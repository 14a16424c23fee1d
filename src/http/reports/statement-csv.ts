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
const rateColumns = ['brl_for_one_usd', 'source', 'first_day', 'last_day', 'calls'] as const

/** The lines, their total, what was adjusted, and, after an empty line, the rates. Amounts are exact, with a decimal point. */
export function statementCsv({ lines, total, adjustments, rates }: Statement): string {
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
  ].join('')
}
