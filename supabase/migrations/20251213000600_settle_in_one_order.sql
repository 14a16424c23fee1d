-- Settling locks every period that it moves at once and in one order. Periods that only late truth moves were locked after the others,
-- so that two replicas' batches could wait for each other in a ring until PostgreSQL ended one of them.

-- What late truth about these calls can move: the charges of orphans, and openings that count them.
create function ledger_late_moves(p_late uuid[]) returns ledger_move[]
language sql
stable
as $$
  select array(
    select (u.call_id, c.budget_id, c.period_start, null)::ledger_move
    from gateway_usage_logs u cross join lateral jsonb_to_recordset(u.charges) as c(budget_id uuid, period_start timestamptz)
    where u.call_id = any (p_late) and u.status = 'orphaned'
    union all
    select (o.call_id, o.budget_id, o.period_start, null)::ledger_move from ledger_opened_calls(null, p_late) o where o.status = 'orphaned')
$$;
revoke execute on function ledger_late_moves(uuid[]) from public, anon, authenticated;
grant execute on function ledger_late_moves(uuid[]) to catraca_gateway;

-- As it was, but for v_late.
create or replace function ledger_settle(p_records jsonb) returns jsonb
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
  v_ids uuid[] := array(select distinct (r ->> 'call_id')::uuid from jsonb_array_elements(p_records) r);
  v_admitted uuid[];
  v_moves ledger_move[];
  v_unplaced ledger_move[];
  v_late ledger_move[] := '{}';
  v_inserted uuid[];
  v_adjusted integer := 0;
begin
  -- Whoever settles or expires the same calls at this moment waits here, in one order.
  v_admitted := array(select call_id from call_admissions where call_id = any (v_ids) order by call_id for update);
  if jsonb_path_exists(p_records, '$[*].unadmitted ? (@ == true)') then
    p_records := ledger_place_unadmitted(p_records);
  end if;

  select coalesce(array_agg(m), '{}') into v_moves
  from (
    -- A reserve whose reply was given up may commit at this very moment: a hold that comes later than this stays whole, with what it
    -- reserves, until somebody frees it.
    select (h.call_id, h.budget_id, h.period_start, h.amount)::ledger_move as m from budget_holds h where h.call_id = any (v_admitted)
    union all
    select (r.call_id, b.id, budget_period_start(b.budget_period, b.time_zone, r.created_at), null)::ledger_move
    from jsonb_to_recordset(p_records) as r(call_id uuid, client_id uuid, created_at timestamptz, unadmitted boolean)
    join effective_budgets b on b.client_id = r.client_id
    where r.unadmitted and not exists (select 1 from budget_holds h where h.call_id = r.call_id and h.call_id = any (v_admitted))
  ) as moves;
  v_unplaced := array(select m from unnest(v_moves) m where m.held is null);
  if cardinality(v_unplaced) > 0 then
    perform ledger_make_periods(array(select m.budget_id from unnest(v_unplaced) m), array(select m.period_start from unnest(v_unplaced) m));
  end if;

  -- The same order as in ledger_reserve, so that batches of many clients never wait for each other in a ring: also the periods that only
  -- late truth moves, in ledger_adjust. Budgets before their periods, because so does who deletes one.
  if cardinality(v_admitted) < cardinality(v_ids) then
    v_late := ledger_late_moves(array(select unnest(v_ids) except select unnest(v_admitted)));
  end if;
  perform 1 from budgets where id in (select m.budget_id from unnest(v_moves || v_late) m) order by id for key share;
  perform 1 from budget_periods p
  where (p.budget_id, p.period_start) in (select m.budget_id, m.period_start from unnest(v_moves || v_late) m)
  order by p.budget_id, p.period_start
  for no key update;

  with incoming as (
    -- A void record and a real one of the same call can meet here, after a lost reply: the real one counts.
    select distinct on (r.call_id) r.* from jsonb_populate_recordset(null::gateway_usage_logs, p_records) r
    order by r.call_id, r.status is null
  ), amounts as (
    select m.call_id, m.budget_id, m.period_start, m.held, b.pause_at_limit,
      ledger_row_amount(b.budget_type, r.total_tokens, r.cost_usd, r.cost_brl) as amount
    from unnest(v_moves) m join budgets b on b.id = m.budget_id join incoming r on r.call_id = m.call_id
  ), charges as (
    select a.call_id, bool_or(a.pause_at_limit and a.amount > a.held) as over_hold,
      jsonb_agg(jsonb_build_object('budget_id', a.budget_id, 'period_start', a.period_start, 'amount', a.amount)) as charges
    from amounts a group by 1
  ), inserted as (
    insert into gateway_usage_logs (call_id, client_id, request_id, conversation_id, phone, source, api_type, provider, model_name, via,
      input_tokens, output_tokens, cached_tokens, cache_write_tokens, reasoning_tokens, total_tokens, units, latency_ms, first_token_ms,
      was_cached, was_fallback, fallback_reason, attempts, cost_usd, cost_brl, usd_brl_rate, rate_source, rate_at, price_id, status,
      error_code, flags, charges, created_at)
    select r.call_id, r.client_id, r.request_id, r.conversation_id, r.phone, r.source, r.api_type, r.provider, r.model_name, r.via,
      r.input_tokens, r.output_tokens, r.cached_tokens, r.cache_write_tokens, r.reasoning_tokens, r.total_tokens, r.units, r.latency_ms,
      r.first_token_ms, r.was_cached, r.was_fallback, r.fallback_reason, r.attempts, r.cost_usd, r.cost_brl, r.usd_brl_rate,
      r.rate_source, r.rate_at, r.price_id, r.status, r.error_code,
      r.flags || case when c.over_hold then array['over_hold'] else '{}' end, coalesce(c.charges, '[]'), r.created_at
    from incoming r left join charges c on c.call_id = r.call_id
    where r.status is not null
    on conflict (call_id, created_at) do nothing
    returning call_id
  ), moved as (
    select a.budget_id, a.period_start, sum(coalesce(a.held, 0)) as released, coalesce(sum(a.amount) filter (where i.call_id is not null), 0) as used
    from amounts a left join inserted i on i.call_id = a.call_id group by 1, 2
  ), updated as (
    update budget_periods p set used = p.used + m.used, reserved = p.reserved - m.released
    from moved m where p.budget_id = m.budget_id and p.period_start = m.period_start
  )
  select array(select call_id from inserted) into v_inserted;

  delete from budget_holds where call_id = any (v_admitted);
  delete from call_admissions where call_id = any (v_admitted);

  if cardinality(v_inserted) < cardinality(v_ids) then
    v_adjusted := ledger_adjust(p_records, array(select unnest(v_ids) except select unnest(v_inserted)));
  end if;
  return jsonb_build_object('inserted', cardinality(v_inserted), 'adjusted', v_adjusted, 'alerts', ledger_alert(v_moves));
end
$$;

-- As it was, but for the locks, which ledger_settle has taken. p_late are the calls that made no row.
create or replace function ledger_adjust(p_records jsonb, p_late uuid[]) returns integer
language plpgsql
as $$
declare
  -- Locked by ledger_settle, with all others.
  v_moves ledger_move[] := ledger_late_moves(p_late);
  v_adjusted integer;
begin
  with late as (
    select distinct on (r.call_id) r.*, u.charges as charged
    from jsonb_populate_recordset(null::gateway_usage_logs, p_records) r
    join gateway_usage_logs u on u.call_id = r.call_id and u.status = 'orphaned'
    where r.call_id = any (p_late) and r.status is distinct from 'orphaned'
    order by r.call_id, r.status is null
  ), booked as (
    select l.call_id, c.budget_id, c.period_start, c.amount
    from late l left join lateral jsonb_to_recordset(l.charged) as c(budget_id uuid, period_start timestamptz, amount bigint) on true
    union all
    select o.call_id, o.budget_id, o.period_start, o.amount from ledger_opened_calls(null, p_late) o
  ), deltas as (
    -- Of a budget that was deleted since there is no counter to move, only the truth to keep.
    select l.call_id, b.id as budget_id, case when b.id is not null then k.period_start end as period_start,
      case when b.id is null then 0
        else ledger_row_amount(b.budget_type, l.total_tokens, l.cost_usd, l.cost_brl) - k.amount end as amount,
      case when l.status is null then 'late_release' else 'late_settlement' end as reason, to_jsonb(l) - 'charged' - 'charges' as truth
    from late l
    join booked k on k.call_id = l.call_id
    left join budgets b on b.id = k.budget_id
  ), adjusted as (
    insert into budget_adjustments (call_id, budget_id, period_start, amount, reason, truth)
    select call_id, budget_id, period_start, amount, reason, truth from deltas
    on conflict do nothing
    returning budget_id, period_start, amount
  ), moved as (
    update budget_periods p set used = p.used + a.amount
    from (select budget_id, period_start, sum(amount) as amount from adjusted group by 1, 2) a
    where p.budget_id = a.budget_id and p.period_start = a.period_start
  )
  select count(*) into v_adjusted from adjusted;
  perform ledger_alert(v_moves);
  return v_adjusted;
end
$$;
