-- Orphans, one by one, as they count: where the truth came late, the truth under the row's own ids and time, with `was_corrected`.
-- 'released' is the status of a call of which it was told late that it never came to pass. Together with the rows that are no orphans
-- these sum up to usage_facts and to rollups.
create view usage_orphans with (security_invoker = true) as
select l.id, l.created_at, l.call_id, l.client_id, coalesce(t.request_id, l.request_id) as request_id, l.source,
  coalesce(t.api_type, l.api_type) as api_type, coalesce(t.provider, l.provider) as provider, coalesce(t.model_name, l.model_name) as model_name,
  coalesce(t.requested_model, l.requested_model) as requested_model, coalesce(t.via, l.via) as via,
  case when t.call_id is null then l.input_tokens else coalesce(t.input_tokens, 0) end as input_tokens,
  case when t.call_id is null then l.output_tokens else coalesce(t.output_tokens, 0) end as output_tokens,
  case when t.call_id is null then l.cached_tokens else coalesce(t.cached_tokens, 0) end as cached_tokens,
  case when t.call_id is null then l.cache_write_tokens else coalesce(t.cache_write_tokens, 0) end as cache_write_tokens,
  case when t.call_id is null then l.reasoning_tokens else coalesce(t.reasoning_tokens, 0) end as reasoning_tokens,
  case when t.call_id is null then l.total_tokens else coalesce(t.total_tokens, 0) end as total_tokens,
  case when t.call_id is null then l.units else t.units end as units,
  case when t.call_id is null then l.cost_usd when t.status is null then 0 else t.cost_usd end as cost_usd,
  case when t.call_id is null then l.cost_brl when t.status is null then 0 else t.cost_brl end as cost_brl,
  coalesce(t.usd_brl_rate, l.usd_brl_rate) as usd_brl_rate,
  case when t.call_id is null then l.saved_usd else t.saved_usd end as saved_usd,
  case when t.call_id is null then l.saved_brl else t.saved_brl end as saved_brl,
  case when t.call_id is null then l.latency_ms else t.latency_ms end as latency_ms,
  case when t.call_id is null then l.first_token_ms else t.first_token_ms end as first_token_ms,
  case when t.call_id is null then l.was_cached else coalesce(t.was_cached, false) end as was_cached,
  case when t.call_id is null then l.was_fallback else coalesce(t.was_fallback, false) end as was_fallback,
  case when t.call_id is null then l.fallback_reason else t.fallback_reason end as fallback_reason,
  case when t.call_id is null then l.status else coalesce(t.status, 'released') end as status,
  case when t.call_id is null then l.error_code else t.error_code end as error_code,
  coalesce(t.flags, l.flags) as flags, t.call_id is not null as was_corrected
from gateway_usage_logs l
left join lateral (
  select truth.*
  from budget_adjustments a cross join lateral jsonb_populate_record(null::gateway_usage_logs, a.truth) truth
  where a.call_id = l.call_id
  order by a.id
  limit 1
) t on true
where l.status = 'orphaned';
revoke all on usage_orphans from public, anon, authenticated;
grant select on usage_orphans to catraca_gateway;

-- There are few of them, and nothing else finds them among all calls.
create index gateway_usage_logs_orphaned on gateway_usage_logs (created_at desc) where status = 'orphaned';
