-- Pages of calls are read from an index in the order of time until they are full. What is rare needs one of its own, or a page of it reads
-- every row of its window: what went wrong, models, kinds and sources other than the usual one.
create index gateway_usage_logs_failed on gateway_usage_logs (created_at desc) where status <> 'ok' or was_fallback;
create index gateway_usage_logs_model on gateway_usage_logs (model_name, created_at desc);
create index gateway_usage_logs_kind on gateway_usage_logs (created_at desc) where api_type <> 'chat';
create index gateway_usage_logs_source on gateway_usage_logs (created_at desc) where source <> 'api';

-- A statement also tells units, rates, and what late truth changed: the columns at the end are new, all others as they were.
create or replace view usage_facts with (security_invoker = true) as
select l.call_id, l.client_id, l.created_at,
  coalesce(t.provider, l.provider) as provider, coalesce(t.model_name, l.model_name) as model_name, coalesce(t.api_type, l.api_type) as api_type,
  (case when t.call_id is null then l.status else t.status end is not distinct from 'error')::integer as errors,
  (case when t.call_id is null then l.was_cached else coalesce(t.was_cached, false) end)::integer as cache_hits,
  (t.call_id is null and l.status = 'orphaned')::integer as orphaned,
  (t.call_id is not null and t.status is null)::integer as released,
  (case when t.call_id is null then l.cost_usd is null else t.status is not null and t.cost_usd is null end)::integer as unpriced_usd,
  (case when t.call_id is null then l.cost_brl is null else t.status is not null and t.cost_brl is null end)::integer as unpriced_brl,
  case when t.call_id is null then l.input_tokens else coalesce(t.input_tokens, 0) end as input_tokens,
  case when t.call_id is null then l.output_tokens else coalesce(t.output_tokens, 0) end as output_tokens,
  case when t.call_id is null then l.cached_tokens else coalesce(t.cached_tokens, 0) end as cached_tokens,
  case when t.call_id is null then l.cache_write_tokens else coalesce(t.cache_write_tokens, 0) end as cache_write_tokens,
  case when t.call_id is null then l.reasoning_tokens else coalesce(t.reasoning_tokens, 0) end as reasoning_tokens,
  case when t.call_id is null then l.total_tokens else coalesce(t.total_tokens, 0) end as total_tokens,
  coalesce(case when t.call_id is null then l.cost_usd else t.cost_usd end, 0) as cost_usd,
  coalesce(case when t.call_id is null then l.cost_brl else t.cost_brl end, 0) as cost_brl,
  case when t.call_id is null then usage_latency_bucket(l.status, l.was_cached, l.latency_ms)
    else usage_latency_bucket(t.status, t.was_cached, t.latency_ms) end as latency_bucket,
  coalesce(case when t.call_id is null then l.saved_usd else t.saved_usd end, 0) as saved_usd,
  coalesce(case when t.call_id is null then l.saved_brl else t.saved_brl end, 0) as saved_brl,
  case when t.call_id is null then l.units else t.units end as units,
  coalesce(t.usd_brl_rate, l.usd_brl_rate) as usd_brl_rate, coalesce(t.rate_source, l.rate_source) as rate_source,
  (t.call_id is not null)::integer as adjusted, l.cost_usd as booked_cost_usd, l.cost_brl as booked_cost_brl
from gateway_usage_logs l
left join lateral (
  select truth.*
  from budget_adjustments a cross join lateral jsonb_populate_record(null::gateway_usage_logs, a.truth) truth
  where l.status = 'orphaned' and a.call_id = l.call_id
  order by a.id
  limit 1
) t on true;
