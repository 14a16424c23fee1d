import type { Queryable } from '../../database/index.ts'

/** A rollup that is not the sum of its rows. What is booked or expected is null where there is no such rollup, or should be none. */
export interface WrongRollup {
  grain: 'hour' | 'day'
  client: string
  start: Date
  provider: string
  model_name: string
  api_type: string
  booked: Record<string, unknown> | null
  expected: Record<string, unknown> | null
}

const figures = (sketch: string) => `calls, errors, cache_hits, orphaned, released, unpriced_usd, unpriced_brl, input_tokens, output_tokens,
  cached_tokens, cache_write_tokens, reasoning_tokens, total_tokens, cost_usd, cost_brl, saved_usd, saved_brl,
  usage_sketch_add('{}', ${sketch})::text as latency_sketch`
const sums = `sum(calls)::bigint as calls, sum(errors)::bigint as errors, sum(cache_hits)::bigint as cache_hits, sum(orphaned)::bigint as orphaned,
  sum(released)::bigint as released, sum(unpriced_usd)::bigint as unpriced_usd, sum(unpriced_brl)::bigint as unpriced_brl,
  sum(input_tokens)::bigint as input_tokens, sum(output_tokens)::bigint as output_tokens, sum(cached_tokens)::bigint as cached_tokens,
  sum(cache_write_tokens)::bigint as cache_write_tokens, sum(reasoning_tokens)::bigint as reasoning_tokens,
  sum(total_tokens)::bigint as total_tokens, sum(cost_usd) as cost_usd, sum(cost_brl) as cost_brl,
  sum(saved_usd) as saved_usd, sum(saved_brl) as saved_brl,
  usage_sketch_sum(latency_sketch)::text as latency_sketch`
/** Late truth about another model leaves a rollup of nothing behind. */
const something = 'not (calls = 0 and total_tokens = 0 and cost_usd = 0 and cost_brl = 0)'
const one = '($2::uuid is null or client_id = $2)'

/** Rollups of a UTC day, by hour and whole, that are not what its rows come to. One statement, so that all is of one moment. */
export async function recountDay(db: Queryable, day: string, clientId: string | undefined): Promise<WrongRollup[]> {
  return await db.query<WrongRollup>(
    `with rows as materialized (
       select * from usage_recount($1::timestamp at time zone 'UTC', ($1::timestamp + interval '1 day') at time zone 'UTC') where ${one}
     ), booked as (
       select 'hour' as grain, client_id, hour as start, provider, model_name, api_type, ${figures('latency_sketch')}
       from usage_rollups
       where hour >= $1::timestamp at time zone 'UTC' and hour < ($1::timestamp + interval '1 day') at time zone 'UTC' and ${one} and ${something}
       union all
       select 'day', client_id, day::timestamp at time zone 'UTC', provider, model_name, api_type, ${figures('latency_sketch')}
       from usage_days
       where day = $1::date and ${one} and ${something}
     ), expected as (
       select 'hour' as grain, client_id, hour as start, provider, model_name, api_type, ${figures('latency_sketch')} from rows
       union all
       select 'day', client_id, $1::timestamp at time zone 'UTC', provider, model_name, api_type, ${sums} from rows group by 2, 4, 5, 6
     )
     select grain, c.slug as client, start, provider, model_name, api_type, to_jsonb(b) as booked, to_jsonb(e) as expected
     from booked b full join expected e using (grain, client_id, start, provider, model_name, api_type) join clients c on c.id = client_id
     where to_jsonb(b) is distinct from to_jsonb(e)
     order by start, grain, client, provider, model_name, api_type`,
    [day, clientId],
  )
}
