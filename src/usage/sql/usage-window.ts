import { splitWindow } from '../split-window.ts'

/** Which calls: of one client or of all, of one provider, model (`gpt-4o-mini` or `openai/gpt-4o-mini`) and kind of call or of any. */
export interface UsageScope {
  clientId?: string | undefined
  provider?: string | undefined
  model?: string | undefined
  apiType?: string | undefined
}

/** What is asked for: calls that were admitted from `from` on and before `to`. */
export interface UsageWindow extends UsageScope {
  from: Date
  to: Date
}

const counters = `errors, cache_hits, orphaned, released, unpriced_usd, unpriced_brl, input_tokens, output_tokens, cached_tokens,
  cache_write_tokens, reasoning_tokens, total_tokens, cost_usd, cost_brl, saved_usd, saved_brl`

/** Of a rollup, and of a single row in the same form. */
export const rollupColumns = `client_id, provider, model_name, api_type, calls, ${counters}`
export const factColumns = `client_id, provider, model_name, api_type, 1 as calls, ${counters}`

/** Sums of `rollupColumns`; a cost is null where none is known, as a sum of rows would be. */
export const sumsOfUsage = `
  sum(calls)::bigint as calls, sum(errors)::bigint as errors, sum(cache_hits)::bigint as cache_hits, sum(orphaned)::bigint as orphaned,
  sum(released)::bigint as released, sum(unpriced_usd)::bigint as unpriced_usd, sum(unpriced_brl)::bigint as unpriced_brl,
  sum(input_tokens)::bigint as input_tokens, sum(output_tokens)::bigint as output_tokens, sum(cached_tokens)::bigint as cached_tokens,
  sum(cache_write_tokens)::bigint as cache_write_tokens, sum(reasoning_tokens)::bigint as reasoning_tokens,
  sum(total_tokens)::bigint as total_tokens,
  case when sum(calls) > sum(unpriced_usd) then trim_scale(sum(cost_usd)) end as cost_usd,
  case when sum(calls) > sum(unpriced_brl) then trim_scale(sum(cost_brl)) end as cost_brl,
  trim_scale(sum(saved_usd)) as saved_usd, trim_scale(sum(saved_brl)) as saved_brl`

/** Sums of signed rows under the columns' own names, to be summed again. */
export const signedSums = ['calls', ...counters.split(',').map((name) => name.trim())]
  .map((name) => `sum(sign * ${name}) as ${name}`)
  .join(', ')

/**
 * Everything in a window, from the coarsest that is whole in it: days, hours beside them, rows at its ends. Uses the primary keys of
 * usage_days and usage_rollups for one client and usage_days_day and usage_rollups_hour for all; for the rows gateway_usage_logs_client
 * and gateway_usage_logs_created_at.
 */
export function fromWindow(ofRollups: string, ofFacts: string): string {
  const one = inScope(1, 12)
  return `(
    select ${ofRollups} from usage_days
    where day >= ($2::timestamptz at time zone 'UTC')::date and day < ($3::timestamptz at time zone 'UTC')::date and ${one}
    union all
    select ${ofRollups} from usage_rollups where hour >= $4::timestamptz and hour < $5::timestamptz and ${one}
    union all
    select ${ofRollups} from usage_rollups where hour >= $6::timestamptz and hour < $7::timestamptz and ${one}
    union all
    select ${ofFacts} from usage_facts where created_at >= $8::timestamptz and created_at < $9::timestamptz and ${one}
    union all
    select ${ofFacts} from usage_facts where created_at >= $10::timestamptz and created_at < $11::timestamptz and ${one}
  ) as found`
}

export function windowParams({ from, to, ...scope }: UsageWindow): unknown[] {
  const { days, hours, ends } = splitWindow(from, to)
  return [scope.clientId, ...days, ...hours.flat(), ...ends.flat(), scope.provider, scope.model, scope.apiType]
}

/** The client is the parameter of this number; provider, model and kind of call are three from `rest` on. */
export function inScope(client: number, rest: number): string {
  return `($${client}::uuid is null or client_id = $${client}) and ($${rest}::text is null or provider = $${rest})
    and ($${rest + 1}::text is null or model_name = $${rest + 1}
      or model_name = substr($${rest + 1}, strpos($${rest + 1}, '/') + 1) and provider = split_part($${rest + 1}, '/', 1))
    and ($${rest + 2}::text is null or api_type = $${rest + 2})`
}
