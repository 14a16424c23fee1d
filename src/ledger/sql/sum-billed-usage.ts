import type { Queryable } from '../../database/index.ts'

/** What providers have been asked for in some days, by who bills it and for which model. Sums are decimal strings. */
export interface BilledUsageRow {
  provider: string
  model: string
  /** Vercel answered on its own credentials (`system_credentials`): the provider's bill for our key has none of it. */
  is_billed_by_vercel: boolean
  calls: number
  input_tokens: string
  cached_tokens: string
  output_tokens: string
  cost_usd: string
  /** Part of the above: calls that were charged without the truth (status estimated or orphaned). */
  estimated_calls: number
  estimated_input_tokens: string
  estimated_cached_tokens: string
  estimated_output_tokens: string
  estimated_cost_usd: string
  /** Part of the above: calls whose truth came late and stands in an adjustment. */
  late_calls: number
}

/**
 * Of the calls admitted from `from` on and before `to`. An adjustment's truth stands in for its row, and takes the row away where the
 * call never came to pass. A call of several attempts counts at each provider with what that one took. What took nothing (refused by a
 * provider, answered from our cache) is nobody's bill. Uses gateway_usage_logs_created_at.
 */
export async function sumBilledUsage(db: Queryable, from: Date, to: Date): Promise<BilledUsageRow[]> {
  return await db.query<BilledUsageRow>(
    `with calls as (
       select r.*, t.truth is not null as is_late,
         exists (
           select 1 from jsonb_array_elements(case when jsonb_typeof(r.attempts) = 'array' then r.attempts else '[]' end) attempt
           where attempt ? 'input_tokens'
         ) as has_detail
       from gateway_usage_logs l
       left join lateral (select a.truth from budget_adjustments a where a.call_id = l.call_id and l.status = 'orphaned' limit 1) t on true
       cross join lateral jsonb_populate_record(l, coalesce(t.truth, '{}')) r
       where l.created_at >= $1 and l.created_at < $2 and r.status is not null and not r.was_cached
     ), billed as (
       select provider, model_name as model, via, status, flags, is_late, input_tokens, cached_tokens, output_tokens, cost_usd
       from calls
       where not has_detail and (input_tokens + output_tokens > 0 or cost_usd > 0)
       union all
       select a.provider, a.model, a.via, c.status, c.flags, c.is_late, coalesce(a.input_tokens, 0), coalesce(a.cached_tokens, 0),
         coalesce(a.output_tokens, 0), a.cost_usd
       from calls c
       cross join lateral jsonb_to_recordset(c.attempts) as a (
         provider text, model text, via text, input_tokens bigint, cached_tokens bigint, output_tokens bigint, cost_usd numeric
       )
       -- What is billed by the minute, the character or the picture has a cost and no tokens.
       where c.has_detail and (a.input_tokens is not null or a.cost_usd > 0)
     ), told as (
       select *, status in ('estimated', 'orphaned') as is_estimate,
         coalesce(via = 'vercel' and 'system_credentials' = any (flags), false) as is_billed_by_vercel
       from billed
     )
     select provider, model, is_billed_by_vercel, count(*)::int as calls,
       sum(input_tokens) as input_tokens, sum(cached_tokens) as cached_tokens, sum(output_tokens) as output_tokens,
       trim_scale(coalesce(sum(cost_usd), 0)) as cost_usd,
       (count(*) filter (where is_estimate))::int as estimated_calls,
       coalesce(sum(input_tokens) filter (where is_estimate), 0) as estimated_input_tokens,
       coalesce(sum(cached_tokens) filter (where is_estimate), 0) as estimated_cached_tokens,
       coalesce(sum(output_tokens) filter (where is_estimate), 0) as estimated_output_tokens,
       trim_scale(coalesce(sum(cost_usd) filter (where is_estimate), 0)) as estimated_cost_usd,
       (count(*) filter (where is_late))::int as late_calls
     from told
     group by 1, 2, 3
     order by 1, 2, 3`,
    [from, to],
  )
}
