import type { Queryable } from '../../database/index.ts'
import { factColumns, fromWindow, rollupColumns, sumsOfUsage, type UsageWindow, windowParams } from './usage-window.ts'

/** Sums of the rows as they count: where the truth of an orphan came late, the truth. Costs are exact decimals, null where none is known. */
export interface UsageSums {
  /** Rows; those of `released` are among them. */
  calls: bigint
  errors: bigint
  cache_hits: bigint
  /** Calls that stand at their hold's estimate, because nobody settled them. */
  orphaned: bigint
  /** Orphans that never came to pass, as was told later: only the call itself is counted. */
  released: bigint
  /** Calls that are not in `cost_usd`, because their price is not known; `unpriced_brl` likewise. */
  unpriced_usd: bigint
  unpriced_brl: bigint
  input_tokens: bigint
  output_tokens: bigint
  cached_tokens: bigint
  cache_write_tokens: bigint
  reasoning_tokens: bigint
  total_tokens: bigint
  cost_usd: string | null
  cost_brl: string | null
  /** What answers from the response cache had cost when a provider made them. */
  saved_usd: string
  saved_brl: string
}

/** Sums of one client, one model, or everything; what it is not told apart by is null. */
export interface UsageGroup extends UsageSums {
  client_id: string | null
  provider: string | null
  model_name: string | null
  api_type: string | null
}

export type UsageGrouping = 'all' | 'client' | 'provider' | 'model' | 'api_type' | 'model_and_api_type'

const groupings: Record<UsageGrouping, readonly string[]> = {
  all: [],
  client: ['client_id'],
  provider: ['provider'],
  model: ['provider', 'model_name'],
  api_type: ['api_type'],
  model_and_api_type: ['provider', 'model_name', 'api_type'],
}

const keyColumns = { client_id: 'uuid', provider: 'text', model_name: 'text', api_type: 'text' }

/** Exact to the millisecond at both ends, whatever the time zone they come from. No group for what has no calls. */
export async function summarizeUsage(db: Queryable, { by, ...window }: UsageWindow & { by: UsageGrouping }): Promise<UsageGroup[]> {
  const columns = groupings[by]
  const keys = Object.entries(keyColumns).map(([name, type]) => (columns.includes(name) ? name : `null::${type} as ${name}`))
  const groupBy = columns.length === 0 ? 'having count(*) > 0' : `group by ${columns.join(', ')} order by ${columns.join(', ')}`
  return await db.query<UsageGroup>(
    `select ${keys.join(', ')}, ${sumsOfUsage} from ${fromWindow(rollupColumns, factColumns)} ${groupBy}`,
    windowParams(window),
  )
}
