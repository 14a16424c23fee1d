-- The ledger's statements: reserve (and reserve more), settle, expire. Each is one round trip and one commit for a whole batch.
-- Where plan_cache_mode is set, planning anew for each batch had cost more than running it.
-- Invariants: src/ledger/README.md. Callers: src/ledger/sql/.

-- A budget of one of the clients at hand, in its current period.
create type ledger_budget as (
  id uuid, client_id uuid, budget_type text, budget_period text, time_zone text, is_hard boolean, is_paused boolean,
  period_start timestamptz, period_end timestamptz, "limit" bigint, used bigint, reserved bigint
);

-- Admits calls in arrival order. p_calls is a JSON array; one element:
--   call_id, client_id, ttl_ms,
--   output, min_output     output tokens wanted, and the least that is of use
--   last_chance            take a smaller output rather than wait for other calls' holds
--   bounds                 by budget type: {"tokens": {"fixed", "per_million"}, "usd": …, "brl": …}; fixed is the input's upper bound in
--                          the type's integer unit, per_million what a million output tokens cost in it. A missing type is unpriced.
--   estimate               the columns of the usage row that are known now, for the case that nobody settles the call
-- Answers a JSON array in the same order: call_id, outcome (admitted | exceeded | paused | busy | unpriced), output, hard (a hard budget
-- counts on that output), admitted_at, holds, and for a refusal the budget that refused.
--
-- Measured alternatives (see benchmarks/ledger.ts): one conditional UPDATE a call; FOR UPDATE with an exception for each refusal.
--
-- The function gives up on a lock after 1.3 s, so that a caller who was told "unavailable" is not admitted much later.
create function ledger_reserve(p_calls jsonb, p_replica text) returns jsonb
language plpgsql
set lock_timeout = '1300ms'
set plan_cache_mode = force_generic_plan
as $$
declare
  v_now timestamptz := date_trunc('milliseconds', ledger_now());
  v_admitted_at text := to_char(v_now at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
  v_clients uuid[] := array(select distinct (c ->> 'client_id')::uuid from jsonb_array_elements(p_calls) c);
  v_budgets ledger_budget[];
  v_owners uuid[];       -- the client of each budget
  v_mine integer[];      -- where the budgets of the call's client are
  v_left bigint[];       -- what each budget can still hold
  v_added bigint[];
  v_result jsonb[] := '{}';
  v_call jsonb;
  v_bound jsonb;
  v_outcome text;
  v_refuser integer;
  v_output bigint;
  v_fitting bigint;
  v_fixed numeric;
  v_per numeric;
  v_amount bigint;
  v_holds jsonb;
  v_hard boolean;
  v_lock boolean := false;
  k integer;
begin
  -- First without a lock: what is used only grows within a period, so a budget that is spent stays refused, and refusals of an
  -- exhausted client never queue for the row that paying clients need.
  v_budgets := ledger_budgets(v_clients, v_now, false);
  if cardinality(v_budgets) > 0 then
    v_owners := array(select b.client_id from unnest(v_budgets) b);
    for v_call in select c from jsonb_array_elements(p_calls) c loop
      v_lock := ledger_refusal(v_call, v_budgets, array_positions(v_owners, (v_call ->> 'client_id')::uuid)) is null;
      exit when v_lock;
    end loop;
    if v_lock then
      v_budgets := ledger_budgets(v_clients, v_now, true);
    end if;
  end if;
  v_owners := array(select b.client_id from unnest(v_budgets) b);
  v_left := array(select b."limit" - b.used - b.reserved from unnest(v_budgets) b);
  v_added := array_fill(0, array[cardinality(v_budgets)]);

  for v_call in select c from jsonb_array_elements(p_calls) c loop
    v_mine := array_positions(v_owners, (v_call ->> 'client_id')::uuid);
    v_output := (v_call ->> 'output')::bigint;
    select r.outcome, r.budget into v_outcome, v_refuser from ledger_refusal(v_call, v_budgets, v_mine) r;

    if v_outcome is null then
      v_outcome := 'admitted';
      -- The output shrinks to what the tightest hard budget can pay with no other call in the way.
      foreach k in array v_mine loop
        continue when not v_budgets[k].is_hard;
        v_bound := v_call -> 'bounds' -> v_budgets[k].budget_type;
        v_per := (v_bound ->> 'per_million')::numeric;
        if v_per > 0 then
          v_output := least(v_output, floor((v_budgets[k]."limit" - v_budgets[k].used - (v_bound ->> 'fixed')::numeric) * 1000000 / v_per));
        end if;
      end loop;
      v_fitting := v_output;
      foreach k in array v_mine loop
        continue when not v_budgets[k].is_hard;
        v_bound := v_call -> 'bounds' -> v_budgets[k].budget_type;
        v_fixed := (v_bound ->> 'fixed')::numeric;
        v_per := (v_bound ->> 'per_million')::numeric;
        if ledger_bound_amount(v_bound, v_output) > v_left[k] then
          v_refuser := coalesce(v_refuser, k);
          v_fitting := case when v_per > 0 then least(v_fitting, floor((v_left[k] - v_fixed) * 1000000 / v_per)) else -1 end;
        end if;
      end loop;
      if v_refuser is not null then
        if (v_call ->> 'last_chance')::boolean and v_fitting >= (v_call ->> 'min_output')::bigint then
          v_output := v_fitting;
        else
          v_outcome := 'busy';
          -- Arrival order: who comes later and is smaller does not overtake.
          foreach k in array v_mine loop
            v_left[k] := least(v_left[k], 0);
          end loop;
        end if;
      end if;
    end if;

    if v_outcome <> 'admitted' then
      v_result := v_result || jsonb_build_object('call_id', v_call -> 'call_id', 'outcome', v_outcome,
        'budget', ledger_describe(v_budgets[v_refuser], v_added[v_refuser]));
      continue;
    end if;

    v_holds := '[]';
    v_hard := false;
    foreach k in array v_mine loop
      -- A soft budget of a type that has no price holds nothing; a hard one has refused above.
      v_amount := coalesce(ledger_bound_amount(v_call -> 'bounds' -> v_budgets[k].budget_type, v_output), 0);
      v_hard := v_hard or v_budgets[k].is_hard;
      v_left[k] := v_left[k] - v_amount;
      v_added[k] := v_added[k] + v_amount;
      v_holds := v_holds || jsonb_build_object('budget_id', v_budgets[k].id, 'period_start', v_budgets[k].period_start, 'amount', v_amount);
    end loop;
    v_result := v_result || jsonb_build_object('call_id', v_call -> 'call_id', 'outcome', 'admitted', 'output', v_output, 'hard', v_hard,
      'admitted_at', v_admitted_at, 'holds', v_holds);
  end loop;

  insert into call_admissions (call_id, client_id, replica, admitted_at, expires_at, bounds, output_tokens, estimate)
  select (r ->> 'call_id')::uuid, (c ->> 'client_id')::uuid, p_replica, v_now,
    v_now + make_interval(secs => (c ->> 'ttl_ms')::float8 / 1000), c -> 'bounds', (r ->> 'output')::bigint, c -> 'estimate'
  from unnest(v_result) with ordinality as a(r, position)
  join jsonb_array_elements(p_calls) with ordinality as b(c, position) using (position)
  where r ->> 'outcome' = 'admitted';

  if cardinality(v_budgets) > 0 then
    insert into budget_holds (call_id, budget_id, period_start, amount, replica, expires_at)
    select (r ->> 'call_id')::uuid, h.budget_id, h.period_start, h.amount, p_replica,
      v_now + make_interval(secs => (c ->> 'ttl_ms')::float8 / 1000)
    from unnest(v_result) with ordinality as a(r, position)
    join jsonb_array_elements(p_calls) with ordinality as b(c, position) using (position)
    cross join lateral jsonb_to_recordset(r -> 'holds') as h(budget_id uuid, period_start timestamptz, amount bigint)
    where r ->> 'outcome' = 'admitted';

    update budget_periods p set reserved = p.reserved + a.amount
    from unnest(v_budgets) with ordinality as b join unnest(v_added) with ordinality as a(amount, position) on a.position = b.ordinality
    where p.budget_id = b.id and p.period_start = b.period_start and a.amount > 0;
  end if;
  return to_jsonb(v_result);
end
$$;

-- The budgets of these clients in their current periods, by client. Without p_lock, periods that are missing are made; with it, the
-- periods are locked in the one global order (budget_id), and a budget that was made or deleted this instant is left out.
create function ledger_budgets(p_clients uuid[], p_now timestamptz, p_lock boolean) returns ledger_budget[]
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
  v_budgets ledger_budget[];
  v_missing uuid[];
begin
  if p_lock then
    select coalesce(array_agg(l.budget order by l.client_id, l.id), '{}') into v_budgets
    from (
      select b.client_id, b.id, (b.id, b.client_id, b.budget_type, b.budget_period, b.time_zone, b.pause_at_limit, b.is_paused,
        p.period_start, p.period_end, p."limit", p.used, p.reserved)::ledger_budget as budget
      from effective_budgets b
      join budget_periods p on p.budget_id = b.id and p.period_start = budget_period_start(b.budget_period, b.time_zone, p_now)
      where b.client_id = any (p_clients)
      order by p.budget_id, p.period_start
      for no key update of p
    ) as l;
    return v_budgets;
  end if;

  select coalesce(array_agg((b.id, b.client_id, b.budget_type, b.budget_period, b.time_zone, b.pause_at_limit, b.is_paused,
      p.period_start, p.period_end, p."limit", p.used, p.reserved)::ledger_budget order by b.client_id, b.id), '{}'),
    array_agg(b.id) filter (where p.budget_id is null)
  into v_budgets, v_missing
  from effective_budgets b
  left join budget_periods p on p.budget_id = b.id and p.period_start = budget_period_start(b.budget_period, b.time_zone, p_now)
  where b.client_id = any (p_clients);
  if v_missing is null then
    return v_budgets;
  end if;
  perform ledger_make_periods(v_missing, array_fill(p_now, array[cardinality(v_missing)]));
  return ledger_budgets(p_clients, p_now, false);
end
$$;

-- Makes the period of each budget at its instant.
create function ledger_make_periods(p_budget_ids uuid[], p_instants timestamptz[]) returns void
language plpgsql
as $$
begin
  -- Waits for whoever is changing or deleting one of them, so that the period starts with the limit as it is then.
  perform 1 from budgets where id = any (p_budget_ids) order by id for share;
  insert into budget_periods (budget_id, period_start, period_end, "limit")
  select b.id, budget_period_start(b.budget_period, c.time_zone, w.at), budget_period_end(b.budget_period, c.time_zone, w.at), b.limit_amount
  from unnest(p_budget_ids, p_instants) as w(budget_id, at) join budgets b on b.id = w.budget_id join clients c on c.id = b.client_id
  order by 1, 2
  on conflict do nothing;
end
$$;

-- Holds as much again for a call in flight whose attempt may have been billed without an answer, so that another target can be tried.
-- In the budgets and periods of its own holds, at once or not at all: a call that has been waited for does not queue again.
-- p_bounds as in ledger_reserve. Answers the output tokens that are covered, or null where they would be fewer than p_min_output.
create function ledger_reserve_more(p_call_id uuid, p_bounds jsonb, p_output bigint, p_min_output bigint) returns bigint
language plpgsql
set lock_timeout = '1300ms'
as $$
declare
  v_output bigint := p_output;
  v_budget record;
begin
  -- Settling and expiring begin with this lock too: from here on the holds stay as they are.
  perform 1 from call_admissions where call_id = p_call_id for update;
  if not found then
    return null;
  end if;
  for v_budget in
    select b.pause_at_limit, b.is_paused, p_bounds -> b.budget_type as bound, p."limit" - p.used - p.reserved as "left"
    from budget_holds h
    join budgets b on b.id = h.budget_id
    join budget_periods p on p.budget_id = h.budget_id and p.period_start = h.period_start
    where h.call_id = p_call_id
    order by p.budget_id, p.period_start
    for no key update of p
  loop
    if v_budget.is_paused then
      return null;
    end if;
    continue when not v_budget.pause_at_limit;
    if (v_budget.bound ->> 'per_million')::numeric > 0 then
      v_output := least(v_output,
        floor((v_budget."left" - (v_budget.bound ->> 'fixed')::numeric) * 1000000 / (v_budget.bound ->> 'per_million')::numeric));
    elsif (v_budget.bound ->> 'fixed')::numeric > v_budget."left" then
      return null;
    end if;
  end loop;
  if v_output < p_min_output then
    return null;
  end if;

  with more as (
    update budget_holds h set amount = h.amount + coalesce(ledger_bound_amount(p_bounds -> b.budget_type, v_output), 0)
    from budgets b
    where b.id = h.budget_id and h.call_id = p_call_id
    returning h.budget_id, h.period_start, coalesce(ledger_bound_amount(p_bounds -> b.budget_type, v_output), 0) as amount
  )
  update budget_periods p set reserved = p.reserved + m.amount
  from more m where p.budget_id = m.budget_id and p.period_start = m.period_start;
  -- What an orphan is charged: both attempts, each with the whole input.
  update call_admissions a
  set output_tokens = a.output_tokens + v_output,
    bounds = (
      select jsonb_object_agg(b.key, jsonb_set(b.value, '{fixed}',
        to_jsonb(((b.value ->> 'fixed')::numeric + (p_bounds -> b.key ->> 'fixed')::numeric)::text)))
      from jsonb_each(a.bounds) b)
  where a.call_id = p_call_id;
  return v_output;
end
$$;

-- Why a call must be refused whatever other calls do, and by which of its client's budgets (p_mine); null when it need not.
create function ledger_refusal(p_call jsonb, p_budgets ledger_budget[], p_mine integer[], out outcome text, out budget integer)
language plpgsql
as $$
declare
  v_bound jsonb;
begin
  foreach budget in array p_mine loop
    if p_budgets[budget].is_paused then
      outcome := 'paused';
      return;
    end if;
    continue when not p_budgets[budget].is_hard;
    v_bound := p_call -> 'bounds' -> p_budgets[budget].budget_type;
    if v_bound is null or jsonb_typeof(v_bound) = 'null' then
      outcome := 'unpriced';
      return;
    end if;
    if p_budgets[budget].used + ledger_bound_amount(v_bound, (p_call ->> 'min_output')::bigint) > p_budgets[budget]."limit" then
      outcome := 'exceeded';
      return;
    end if;
  end loop;
  budget := null;
end
$$;

-- A budget that refuses, as a caller may see it; p_added is what calls of the same group have just taken.
create function ledger_describe(p_budget ledger_budget, p_added bigint) returns jsonb
language sql
stable
as $$
  select jsonb_build_object(
    'id', p_budget.id, 'type', p_budget.budget_type, 'period', p_budget.budget_period, 'limit', p_budget."limit",
    'used', p_budget.used, 'reserved', p_budget.reserved + p_added,
    'resets_at', to_char(p_budget.period_end at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'time_zone', p_budget.time_zone)
$$;

create type ledger_move as (call_id uuid, budget_id uuid, period_start timestamptz, held bigint);

-- Books calls. p_records is a JSON array of usage rows (the columns of gateway_usage_logs, created_at being the time of admission), and
-- besides, in an element:
--   void         true: the call never came to pass; its holds are freed and no row is written
--   unadmitted   true: it was served while the database was away, so its budgets are found here, by its time
-- Booking twice is booking once: counters move only by rows really inserted. Truth that comes after an estimate was charged for an
-- expired hold becomes an adjustment. Answers {"inserted", "adjusted", "alerts"}.
create function ledger_settle(p_records jsonb) returns jsonb
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
  v_ids uuid[] := array(select distinct (r ->> 'call_id')::uuid from jsonb_array_elements(p_records) r);
  v_admitted uuid[];
  v_moves ledger_move[];
  v_unplaced ledger_move[];
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

  -- The same order as in ledger_reserve, so that batches of many clients never wait for each other in a ring. Budgets before their
  -- periods, because so does who deletes one.
  perform 1 from budgets where id in (select m.budget_id from unnest(v_moves) m) order by id for key share;
  perform 1 from budget_periods p
  where (p.budget_id, p.period_start) in (select m.budget_id, m.period_start from unnest(v_moves) m)
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

-- Gives a call that was served without an answer from reserve the key of the row that it has already, or the time of its admission, if
-- it was admitted after all (the reply was lost, and perhaps its hold has expired meanwhile): with another key it would be booked twice.
create function ledger_place_unadmitted(p_records jsonb) returns jsonb
language sql
stable
as $$
  select jsonb_agg(case when r -> 'unadmitted' = 'true' then r || jsonb_build_object('created_at', coalesce(
      (select min(u.created_at) from gateway_usage_logs u where u.call_id = (r ->> 'call_id')::uuid),
      (select a.admitted_at from call_admissions a where a.call_id = (r ->> 'call_id')::uuid),
      (r ->> 'created_at')::timestamptz)) else r end)
  from jsonb_array_elements(p_records) r
$$;

-- What a row takes from a budget, in the budget's integer unit.
create function ledger_row_amount(p_type text, p_tokens bigint, p_usd numeric, p_brl numeric) returns bigint
language sql
immutable
as $$
  select case p_type when 'tokens' then coalesce(p_tokens, 0)
    when 'usd' then round(coalesce(p_usd, 0) * 1000000000) else round(coalesce(p_brl, 0) * 1000000000) end::bigint
$$;

-- Alerts of the thresholds that these periods have reached, each once a budget and period.
create function ledger_alert(p_moves ledger_move[]) returns integer
language plpgsql
as $$
declare
  v_alerts integer;
begin
  insert into budget_alerts (client_id, budget_id, period_start, threshold, used, "limit")
  select b.client_id, p.budget_id, p.period_start, t.threshold, p.used, p."limit"
  from (select distinct m.budget_id, m.period_start from unnest(p_moves) m) as m
  join budget_periods p on p.budget_id = m.budget_id and p.period_start = m.period_start
  join budgets b on b.id = p.budget_id
  cross join lateral (values (80, b.alert_threshold_80), (90, b.alert_threshold_90), (100, b.alert_threshold_100)) as t(threshold, enabled)
  where t.enabled and p.used::numeric * 100 >= p."limit"::numeric * t.threshold
  on conflict do nothing;
  get diagnostics v_alerts = row_count;
  return v_alerts;
end
$$;

-- Late truth: where an expired hold was charged as an estimate and the call's real record, or that it never came to pass, is told
-- after all, books the difference. p_late are the calls that made no row.
create function ledger_adjust(p_records jsonb, p_late uuid[]) returns integer
language plpgsql
as $$
declare
  v_moves ledger_move[];
  v_adjusted integer;
begin
  v_moves := array(
    select (u.call_id, c.budget_id, c.period_start, null)::ledger_move
    from gateway_usage_logs u cross join lateral jsonb_to_recordset(u.charges) as c(budget_id uuid, period_start timestamptz)
    where u.call_id = any (p_late) and u.status = 'orphaned');
  perform 1 from budget_periods p
  where (p.budget_id, p.period_start) in (select m.budget_id, m.period_start from unnest(v_moves) m)
  order by p.budget_id, p.period_start
  for no key update;

  with late as (
    select distinct on (r.call_id) r.*, u.charges as charged
    from jsonb_populate_recordset(null::gateway_usage_logs, p_records) r
    join gateway_usage_logs u on u.call_id = r.call_id and u.status = 'orphaned'
    where r.call_id = any (p_late) and r.status is distinct from 'orphaned'
    order by r.call_id, r.status is null
  ), deltas as (
    select l.call_id, b.id as budget_id, c.period_start,
      coalesce(ledger_row_amount(b.budget_type, l.total_tokens, l.cost_usd, l.cost_brl) - c.amount, 0) as amount,
      case when l.status is null then 'late_release' else 'late_settlement' end as reason, to_jsonb(l) - 'charged' - 'charges' as truth
    from late l
    left join lateral jsonb_to_recordset(l.charged) as c(budget_id uuid, period_start timestamptz, amount bigint) on true
    left join budgets b on b.id = c.budget_id
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

-- Calls that nobody settled in time. The provider most probably billed them, so each is charged its hold's upper bound, unless the
-- operator chose to release such holds of that client. Answers how many there were.
create function ledger_expire(p_most integer) returns integer
language plpgsql
as $$
declare
  v_records jsonb;
  v_record jsonb;
begin
  with due as (
    select a.* from call_admissions a where a.expires_at < ledger_now() order by a.call_id limit p_most for update skip locked
  ), priced as (
    select d.*, coalesce(c.expired_holds = 'release', false) as released,
      ledger_bound_amount(d.bounds -> 'tokens', d.output_tokens) as tokens,
      (d.bounds -> 'tokens' ->> 'fixed')::bigint as input_tokens,
      ledger_bound_amount(d.bounds -> 'usd', d.output_tokens) * 0.000000001 as usd,
      ledger_bound_amount(d.bounds -> 'brl', d.output_tokens) * 0.000000001 as brl
    from due d left join clients c on c.id = d.client_id
  )
  select jsonb_agg(p.estimate || jsonb_build_object(
    'call_id', p.call_id, 'client_id', p.client_id, 'status', 'orphaned',
    -- A call that was served without an answer from reserve can have its row already, under a time of its own.
    'created_at', coalesce((select min(u.created_at) from gateway_usage_logs u where u.call_id = p.call_id), p.admitted_at),
    'flags', coalesce(p.estimate -> 'flags', '[]') || case when p.released then '["hold_released"]'::jsonb else '[]' end,
    'input_tokens', case when p.released then 0 else p.input_tokens end,
    'output_tokens', case when p.released then 0 else p.tokens - p.input_tokens end,
    'total_tokens', case when p.released then 0 else p.tokens end,
    'cost_usd', case when p.released then 0 else p.usd end,
    'cost_brl', case when p.released then 0 else p.brl end))
  into v_records from priced p;
  if v_records is null then
    return 0;
  end if;

  begin
    perform ledger_settle(v_records);
  exception when data_exception or integrity_constraint_violation then
    for v_record in select r from jsonb_array_elements(v_records) r loop
      perform ledger_expire_one(v_record);
    end loop;
  end;
  return jsonb_array_length(v_records);
end
$$;

-- What cannot be booked (its client is gone, a fact of it makes no row) is kept as a dead letter and must not keep its hold.
create function ledger_expire_one(p_record jsonb) returns void
language plpgsql
as $$
begin
  perform ledger_settle(jsonb_build_array(p_record));
exception when data_exception or integrity_constraint_violation then
  insert into usage_dead_letters (call_id, record, error) values ((p_record ->> 'call_id')::uuid, p_record, sqlerrm) on conflict do nothing;
  perform ledger_settle(jsonb_build_array(jsonb_build_object('call_id', p_record -> 'call_id', 'void', true)));
end
$$;

-- What a bound amounts to at so many output tokens, in its integer unit.
create function ledger_bound_amount(p_bound jsonb, p_output bigint) returns numeric
language sql
immutable
as $$ select (p_bound ->> 'fixed')::numeric + ceil(p_output * (p_bound ->> 'per_million')::numeric / 1000000) $$;

do $$
declare
  target regprocedure;
begin
  for target in
    select oid from pg_proc
    where pronamespace = 'public'::regnamespace and (proname like 'ledger\_%' or proname like 'budget\_%' or proname like 'catraca\_%')
  loop
    execute format('revoke execute on function %s from public, anon, authenticated', target);
    execute format('grant execute on function %s to catraca_gateway', target);
  end loop;
end
$$;
-- The gateway reads and writes; closing tables is the owner's.
revoke execute on function catraca_secure(regclass) from catraca_gateway;
