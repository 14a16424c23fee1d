-- Budgets that change while calls run: of another type or period, and with a raise that ends by itself. See docs/decisions/0009.

alter table budgets
  -- Set where another budget took this one's place. Its counters, and the charges on rows that name it, are in its own unit and calendar.
  add column retired_at timestamptz,
  -- The whole row that took its place, as it was made.
  add column successor jsonb,
  add column raised_limit numeric constraint raised_limit_is_positive check (raised_limit > 0 and raised_limit < 9000000000),
  add column raised_until timestamptz,
  add constraint raise_has_limit_and_end check ((raised_limit is null) = (raised_until is null));
alter table budgets
  add column raised_amount bigint generated always as (
    case budget_type when 'tokens' then floor(raised_limit) else floor(raised_limit * 1000000000) end
  ) stored,
  -- Null only for a budget of the client's own that counts. client_budgets shows it as plan_budget_id, so that an INSERT there with
  -- ON CONFLICT (client_id, budget_type, budget_period) WHERE plan_budget_id IS NULL finds the index below.
  add column origin_id uuid generated always as (case when retired_at is null then plan_budget_id else id end) stored;
-- What a successor counts begins when its first predecessor was made, so it must be told by the ledger's clock.
alter table budgets alter column created_at set default ledger_now();

drop index budgets_own;
drop index budgets_from_plan;
create unique index budgets_own on budgets (client_id, budget_type, budget_period) where origin_id is null;
create unique index budgets_from_plan on budgets (client_id, plan_budget_id) where plan_budget_id is not null and retired_at is null;

alter table budget_periods
  add column raised_limit bigint,
  add column raised_until timestamptz,
  -- What calls before a change of type or period had used, in the unit of this budget.
  add column opening bigint not null default 0,
  -- The last gateway_usage_logs.id that `opening` counts; null where the period began with nothing.
  add column opened_upto bigint;
alter table budget_periods add constraint opening_has_rows check (opening = 0 or opened_upto is not null);

-- The limit in force at an instant. A raise only ever raises, also where the limit was set above it meanwhile.
create function ledger_period_limit(p budget_periods, at timestamptz) returns bigint
language sql
immutable
as $$ select case when p.raised_until > at then greatest(p."limit", p.raised_limit) else p."limit" end $$;

drop view effective_budgets;
-- What counts: the client's own budgets, or, where it has none, its plan's.
create view effective_budgets with (security_invoker = true) as
select b.*, c.time_zone, c.slug,
  case when b.raised_until > ledger_now() then greatest(b.limit_amount, b.raised_amount) else b.limit_amount end as limit_now
from budgets b join clients c on c.id = b.client_id
where b.retired_at is null
  and (b.plan_budget_id is null or not exists (select 1 from budgets own where own.client_id = b.client_id and own.origin_id is null));
revoke all on effective_budgets from public, anon, authenticated;
grant select on effective_budgets to catraca_gateway;

create or replace view client_budgets with (security_invoker = true) as
select id, client_id, budget_type, budget_limit, budget_period, alert_threshold_80, alert_threshold_90, alert_threshold_100,
  pause_at_limit, is_paused,
  budget_current_usage(id, budget_type, budget_period, client_id) as current_usage,
  round(budget_current_usage(id, budget_type, budget_period, client_id)
    / case when raised_until > ledger_now() then greatest(budget_limit, raised_limit) else budget_limit end * 100, 2) as usage_percentage,
  origin_id as plan_budget_id, created_at, updated_at, raised_limit, raised_until
from budgets b
where retired_at is null
  and (plan_budget_id is null or not exists (select 1 from budgets own where own.client_id = b.client_id and own.origin_id is null));

drop trigger keep_kind on budgets;
drop function catraca_keep_budget_kind();
drop trigger carry_limit on budgets;
drop function catraca_carry_limit();

-- A budget of another type or period is another budget: this one stays as it was, for its charges, and notes what it is to become.
create function catraca_retire_budget() returns trigger
language plpgsql
as $$
declare
  v_successor budgets := new;
begin
  if old.retired_at is not null then
    raise exception 'this budget is history: another has taken its place' using errcode = '22023';
  end if;
  -- A raise is an amount of the old kind.
  if (new.raised_limit, new.raised_until) is not distinct from (old.raised_limit, old.raised_until) then
    v_successor.raised_limit := null;
    v_successor.raised_until := null;
  end if;
  v_successor.id := gen_random_uuid();
  if old.plan_budget_id is null and exists (
    select 1 from budgets b
    where b.client_id = new.client_id and b.budget_type = new.budget_type and b.budget_period = new.budget_period and b.origin_id is null
  ) then
    raise exception 'the client already has a % % budget: change that one, or delete one of the two', new.budget_period, new.budget_type
      using errcode = '23505', constraint = 'budgets_own';
  end if;
  new := old;
  new.retired_at := ledger_now();
  new.successor := to_jsonb(v_successor) - array['limit_amount', 'raised_amount', 'origin_id', 'retired_at', 'successor', 'updated_at'];
  return new;
end
$$;
create trigger retire before update of budget_type, budget_period on budgets
  for each row when ((old.budget_type, old.budget_period) is distinct from (new.budget_type, new.budget_period))
  execute function catraca_retire_budget();

-- For the whole statement at once, so that the locks of several budgets are taken in the one order.
create function catraca_budgets_changed() returns trigger
language plpgsql
as $$
declare
  v_retired uuid[] := array(
    select n.id from budgets_after n join budgets_before o using (id) where n.retired_at is not null and o.retired_at is null);
  v_changed uuid[] := array(
    select n.id from budgets_after n join budgets_before o using (id)
    where n.retired_at is null
      and (n.limit_amount, n.raised_amount, n.raised_until, n.pause_at_limit, n.is_paused)
        is distinct from (o.limit_amount, o.raised_amount, o.raised_until, o.pause_at_limit, o.is_paused));
begin
  if cardinality(v_retired) + cardinality(v_changed) = 0 then
    return null;
  end if;
  perform ledger_lock_budgets(v_retired, v_changed, '{}');
  update budget_periods p set "limit" = b.limit_amount, raised_limit = b.raised_amount, raised_until = b.raised_until
  from budgets b
  where b.id = any (v_changed) and p.budget_id = b.id and p.period_end > ledger_now();
  if cardinality(v_retired) > 0 then
    perform ledger_succeed_budgets(v_retired);
  end if;
  return null;
end
$$;
create trigger changed after update on budgets
  referencing old table as budgets_before new table as budgets_after
  for each statement execute function catraca_budgets_changed();

-- Changes take turns at the row of catraca_changes, as they did; now before they lock anything else. Two that each held periods, one
-- waiting for its turn and the other for a call that settles on both, were a deadlock.
drop trigger note_change on budgets;
create trigger note_change before insert or update or delete on budgets for each statement execute function catraca_note_change();
drop trigger note_change on clients;
create trigger note_change before insert or update or delete on clients for each statement execute function catraca_note_change();
create trigger note_change before insert or update or delete on plan_budgets for each statement execute function catraca_note_change();

-- Waits for the calls that are being admitted or settled on these budgets, and keeps others waiting: what they see next is the change.
-- Where a budget retires, the calls in flight of its client stay as they are too, because they get holds in its successor. One that may be
-- deleted is locked itself, in its turn.
create function ledger_lock_budgets(p_retired uuid[], p_changed uuid[], p_deleted uuid[]) returns void
language plpgsql
as $$
declare
  v_clients uuid[] := array(select distinct client_id from budgets where id = any (p_retired));
  v_calls uuid[];
begin
  for v_attempt in 1..100 loop
    begin
      v_calls := array(select call_id from call_admissions where client_id = any (v_clients) order by call_id for update);
      perform 1 from budgets where id = any (p_deleted) order by id for update;
      perform 1 from budget_periods
      where budget_id = any (p_retired || p_deleted) or (budget_id = any (p_changed) and period_end > ledger_now())
      order by budget_id, period_start
      for no key update;
      -- From here on nobody is admitted. Who was meanwhile comes along, unless it is being settled already: settling waits for the
      -- periods, so these have to be let go.
      perform 1 from call_admissions where client_id = any (v_clients) and call_id <> all (v_calls) order by call_id for update nowait;
      return;
    exception when lock_not_available then
      if v_attempt = 100 then
        raise;
      end if;
    end;
  end loop;
end
$$;

-- Makes the budgets that take the place of these, with the truth of their current period: what was used since the first of them was made,
-- and what calls in flight may come to, both in the new unit. All calls of the clients are locked (ledger_lock_budgets).
create function ledger_succeed_budgets(p_retired uuid[]) returns void
language plpgsql
as $$
declare
  v_now timestamptz := ledger_now();
  v_new uuid[];
begin
  insert into budgets (id, client_id, budget_type, budget_limit, budget_period, alert_threshold_80, alert_threshold_90, alert_threshold_100,
    pause_at_limit, is_paused, plan_budget_id, raised_limit, raised_until, created_at)
  select s.id, s.client_id, s.budget_type, s.budget_limit, s.budget_period, s.alert_threshold_80, s.alert_threshold_90,
    s.alert_threshold_100, s.pause_at_limit, s.is_paused, s.plan_budget_id, s.raised_limit, s.raised_until, s.created_at
  from budgets o cross join lateral jsonb_populate_record(null::budgets, o.successor) s
  where o.id = any (p_retired);

  -- A plan's budget that does not count, because the client has its own, has nothing to begin with.
  v_new := array(
    select e.id from effective_budgets e where e.id in (select (o.successor ->> 'id')::uuid from budgets o where o.id = any (p_retired)));
  perform ledger_make_periods(array_agg(w.id order by w.id, w.at), array_agg(w.at order by w.id, w.at))
  from (
    select id, v_now as at from unnest(v_new) as id
    union
    select b.id, a.admitted_at
    from budgets b join call_admissions a on a.client_id = b.client_id
    where b.id = any (v_new) and a.admitted_at >= date_trunc('milliseconds', b.created_at)
  ) as w
  having count(*) > 0;

  with held as (
    insert into budget_holds (call_id, budget_id, period_start, amount, replica, expires_at)
    select a.call_id, b.id, budget_period_start(b.budget_period, c.time_zone, a.admitted_at),
      coalesce(ledger_bound_amount(a.bounds -> b.budget_type, a.output_tokens), 0), a.replica, a.expires_at
    from budgets b join clients c on c.id = b.client_id join call_admissions a on a.client_id = b.client_id
    where b.id = any (v_new) and a.admitted_at >= date_trunc('milliseconds', b.created_at)
    returning budget_id, period_start, amount
  ), reserved as (
    select budget_id, period_start, sum(amount) as amount from held group by 1, 2
  ), opened as (
    select p.budget_id, p.period_start, coalesce(max(l.id), 0) as upto,
      coalesce(sum(ledger_row_amount(b.budget_type, l.total_tokens, l.cost_usd, l.cost_brl)), 0) as amount
    from budgets b
    join budget_periods p on p.budget_id = b.id
    left join gateway_usage_logs l on l.client_id = b.client_id and l.created_at < p.period_end
      and l.created_at >= greatest(p.period_start, date_trunc('milliseconds', b.created_at))
    where b.id = any (v_new)
    group by 1, 2
  )
  update budget_periods p
  set opening = o.amount, opened_upto = o.upto, used = o.amount, reserved = coalesce(r.amount, 0)
  from opened o left join reserved r using (budget_id, period_start)
  where p.budget_id = o.budget_id and p.period_start = o.period_start;

  -- Orphans among these rows whose truth is known.
  with adjusted as (
    insert into budget_adjustments (call_id, budget_id, period_start, amount, reason, truth)
    select o.call_id, o.budget_id, o.period_start,
      ledger_row_amount(o.budget_type, t.total_tokens, t.cost_usd, t.cost_brl) - o.amount, a.reason, a.truth
    from ledger_opened_calls(v_new, null) o
    cross join lateral (select reason, truth from budget_adjustments where call_id = o.call_id order by id limit 1) a
    cross join lateral jsonb_populate_record(null::gateway_usage_logs, a.truth) t
    where o.status = 'orphaned'
    returning budget_id, period_start, amount
  )
  update budget_periods p set used = p.used + a.amount
  from (select budget_id, period_start, sum(amount) as amount from adjusted group by 1, 2) a
  where p.budget_id = a.budget_id and p.period_start = a.period_start;
end
$$;

-- The rows that are counted in the opening of these budgets' periods, or those of these calls in any; the amount as it is counted there.
create function ledger_opened_calls(p_budget_ids uuid[], p_call_ids uuid[])
returns table (call_id uuid, status text, budget_id uuid, budget_type text, period_start timestamptz, amount bigint)
language sql
stable
as $$
  -- Two queries, because each has an index of its own to begin with.
  select l.call_id, l.status, b.id, b.budget_type, p.period_start, ledger_row_amount(b.budget_type, l.total_tokens, l.cost_usd, l.cost_brl)
  from budgets b
  join budget_periods p on p.budget_id = b.id
  join gateway_usage_logs l on l.client_id = b.client_id and l.id <= p.opened_upto and l.created_at < p.period_end
    and l.created_at >= greatest(p.period_start, date_trunc('milliseconds', b.created_at))
  where b.id = any (p_budget_ids)
  union all
  select l.call_id, l.status, b.id, b.budget_type, p.period_start, ledger_row_amount(b.budget_type, l.total_tokens, l.cost_usd, l.cost_brl)
  from gateway_usage_logs l
  join budgets b on b.client_id = l.client_id
  join budget_periods p on p.budget_id = b.id and l.id <= p.opened_upto and l.created_at < p.period_end
    and l.created_at >= greatest(p.period_start, date_trunc('milliseconds', b.created_at))
  where l.call_id = any (p_call_ids)
$$;

-- Makes the period of each budget at its instant.
create or replace function ledger_make_periods(p_budget_ids uuid[], p_instants timestamptz[]) returns void
language plpgsql
as $$
begin
  -- Waits for whoever is changing or deleting one of them, so that the period starts with the limit as it is then.
  perform 1 from budgets where id = any (p_budget_ids) order by id for share;
  if exists (select 1 from budgets where id = any (p_budget_ids) and retired_at is not null) then
    raise exception 'a budget was replaced at this moment' using errcode = '40001';
  end if;
  insert into budget_periods (budget_id, period_start, period_end, "limit", raised_limit, raised_until)
  select b.id, budget_period_start(b.budget_period, c.time_zone, w.at), budget_period_end(b.budget_period, c.time_zone, w.at), b.limit_amount,
    b.raised_amount, b.raised_until
  from unnest(p_budget_ids, p_instants) as w(budget_id, at) join budgets b on b.id = w.budget_id join clients c on c.id = b.client_id
  order by 1, 2
  on conflict do nothing;
end
$$;

alter type ledger_budget add attribute raised_until timestamptz;

-- The budgets of these clients in their current periods, by client, each with the limit in force. Without p_lock, periods that are missing
-- are made; with it, the periods are locked in the one global order (budget_id).
create or replace function ledger_budgets(p_clients uuid[], p_now timestamptz, p_lock boolean) returns ledger_budget[]
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
  v_budgets ledger_budget[];
  v_missing uuid[];
  v_locked uuid[];
begin
  if p_lock then
    v_locked := array(
      select p.budget_id
      from effective_budgets b
      join budget_periods p on p.budget_id = b.id and p.period_start = budget_period_start(b.budget_period, b.time_zone, p_now)
      where b.client_id = any (p_clients)
      order by p.budget_id, p.period_start
      for no key update of p);
  end if;

  -- With the locks held this sees every change that was made before they were had.
  select coalesce(array_agg((b.id, b.client_id, b.budget_type, b.budget_period, b.time_zone, b.pause_at_limit, b.is_paused,
      p.period_start, p.period_end, ledger_period_limit(p, p_now), p.used, p.reserved,
      case when p.raised_until > p_now and p.raised_limit > p."limit" then p.raised_until end)::ledger_budget order by b.client_id, b.id), '{}'),
    array_agg(b.id) filter (where p.budget_id is null or b.id <> all (v_locked))
  into v_budgets, v_missing
  from effective_budgets b
  left join budget_periods p on p.budget_id = b.id and p.period_start = budget_period_start(b.budget_period, b.time_zone, p_now)
  where b.client_id = any (p_clients);
  if v_missing is null then
    return v_budgets;
  end if;
  if p_lock then
    -- Made, or put in another's place, while this waited. To lock it now would be out of order.
    raise exception 'a budget was made at this moment' using errcode = '40001';
  end if;
  perform ledger_make_periods(v_missing, array_fill(p_now, array[cardinality(v_missing)]));
  return ledger_budgets(p_clients, p_now, false);
end
$$;

-- A budget that refuses, as a caller may see it; p_added is what calls of the same group have just taken.
create or replace function ledger_describe(p_budget ledger_budget, p_added bigint) returns jsonb
language sql
stable
as $$
  select jsonb_build_object(
    'id', p_budget.id, 'type', p_budget.budget_type, 'period', p_budget.budget_period, 'limit', p_budget."limit",
    'used', p_budget.used, 'reserved', p_budget.reserved + p_added,
    'resets_at', to_char(p_budget.period_end at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'time_zone', p_budget.time_zone,
    'raised_until', to_char(p_budget.raised_until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
$$;

-- Holds as much again for a call in flight whose attempt may have been billed without an answer, so that another target can be tried.
-- In the budgets and periods of its own holds, at once or not at all: a call that has been waited for does not queue again.
-- p_bounds as in ledger_reserve. Answers the output tokens that are covered, or null where they would be fewer than p_min_output.
create or replace function ledger_reserve_more(p_call_id uuid, p_bounds jsonb, p_output bigint, p_min_output bigint) returns bigint
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
    select b.pause_at_limit, b.is_paused, p_bounds -> b.budget_type as bound, b.retired_at is not null as is_retired,
      ledger_period_limit(p, ledger_now()) - p.used - p.reserved as "left"
    from budget_holds h
    join budgets b on b.id = h.budget_id
    join budget_periods p on p.budget_id = h.budget_id and p.period_start = h.period_start
    where h.call_id = p_call_id
    order by p.budget_id, p.period_start
    for no key update of p
  loop
    -- A budget that was replaced holds nobody back any more; the one in its place has a hold of this call too.
    continue when v_budget.is_retired;
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

-- Late truth: where an expired hold was charged as an estimate and the call's real record, or that it never came to pass, is told
-- after all, books the difference, also in budgets whose opening counts the estimate. p_late are the calls that made no row.
create or replace function ledger_adjust(p_records jsonb, p_late uuid[]) returns integer
language plpgsql
as $$
declare
  v_moves ledger_move[];
  v_adjusted integer;
begin
  v_moves := array(
    select (u.call_id, c.budget_id, c.period_start, null)::ledger_move
    from gateway_usage_logs u cross join lateral jsonb_to_recordset(u.charges) as c(budget_id uuid, period_start timestamptz)
    where u.call_id = any (p_late) and u.status = 'orphaned'
    union all
    select (o.call_id, o.budget_id, o.period_start, null)::ledger_move from ledger_opened_calls(null, p_late) o where o.status = 'orphaned');
  -- An adjustment names its budget, which whoever deletes one has locked before its periods.
  perform 1 from budgets where id in (select m.budget_id from unnest(v_moves) m) order by id for key share;
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

-- A plan's defaults as rows of the client, so that they have periods and holds like any other budget.
create or replace function catraca_copy_plan_budgets(p_client_ids uuid[]) returns void
language plpgsql
as $$
declare
  v_copies uuid[] := array(
    select b.id from budgets b where b.client_id = any (p_client_ids) and b.plan_budget_id is not null and b.retired_at is null);
  v_retired uuid[] := array(
    select b.id from budgets b join plan_budgets d on d.id = b.plan_budget_id
    where b.id = any (v_copies) and (d.budget_type, d.budget_period) is distinct from (b.budget_type, b.budget_period));
begin
  -- The statements below lock them one after the other.
  perform ledger_lock_budgets(v_retired, '{}', v_copies);

  -- Where the old plan and the new one both have a budget of a kind, what was used of it stays used.
  update budgets b set plan_budget_id = d.id
  from clients c, plan_budgets was, plan_budgets d
  where b.client_id = any (p_client_ids) and b.retired_at is null and c.id = b.client_id and was.id = b.plan_budget_id and was.plan <> c.plan
    and d.plan = c.plan and d.budget_type = b.budget_type and d.budget_period = b.budget_period
    and not exists (select 1 from budgets o where o.client_id = b.client_id and o.plan_budget_id = d.id and o.retired_at is null);

  delete from budgets b using clients c, plan_budgets d
  where b.client_id = any (p_client_ids) and b.retired_at is null and c.id = b.client_id and d.id = b.plan_budget_id and d.plan <> c.plan;

  insert into budgets (client_id, budget_type, budget_limit, budget_period, alert_threshold_80, alert_threshold_90, alert_threshold_100,
    pause_at_limit, plan_budget_id)
  select c.id, d.budget_type, d.budget_limit, d.budget_period, d.alert_threshold_80, d.alert_threshold_90, d.alert_threshold_100,
    d.pause_at_limit, d.id
  from clients c join plan_budgets d on d.plan = c.plan
  where c.id = any (p_client_ids)
  on conflict (client_id, plan_budget_id) where plan_budget_id is not null and retired_at is null do update
  set budget_type = excluded.budget_type, budget_limit = excluded.budget_limit, budget_period = excluded.budget_period,
    alert_threshold_80 = excluded.alert_threshold_80, alert_threshold_90 = excluded.alert_threshold_90,
    alert_threshold_100 = excluded.alert_threshold_100, pause_at_limit = excluded.pause_at_limit;
end
$$;

-- Once a statement: all of its clients together, because of the order of the locks.
drop trigger copy_plan_budgets on clients;
create trigger copy_plan_budgets after insert on clients for each row execute function catraca_client_plan_changed();

create function catraca_clients_changed_plan() returns trigger
language plpgsql
as $$
declare
  v_clients uuid[] := array(select n.id from clients_after n join clients_before o using (id) where n.plan <> o.plan);
begin
  if cardinality(v_clients) > 0 then
    perform catraca_copy_plan_budgets(v_clients);
  end if;
  return null;
end
$$;
create trigger change_plan after update on clients
  referencing old table as clients_before new table as clients_after
  for each statement execute function catraca_clients_changed_plan();

drop trigger copy_plan_budgets on plan_budgets;
drop function catraca_plan_budget_changed();
create function catraca_plan_budgets_changed() returns trigger
language plpgsql
as $$
begin
  if tg_op = 'INSERT' then
    perform catraca_copy_plan_budgets(array(select id from clients where plan in (select plan from plans_after)));
  else
    -- When a budget moves to another plan, the clients of the one that it leaves lose their copies.
    perform catraca_copy_plan_budgets(array(
      select id from clients where plan in (select plan from plans_after union select plan from plans_before)));
  end if;
  return null;
end
$$;
create trigger copy_new_budgets after insert on plan_budgets
  referencing new table as plans_after
  for each statement execute function catraca_plan_budgets_changed();
create trigger copy_changed_budgets after update on plan_budgets
  referencing old table as plans_before new table as plans_after
  for each statement execute function catraca_plan_budgets_changed();

create function catraca_plan_budget_deleted() returns trigger
language plpgsql
as $$
begin
  perform ledger_lock_budgets('{}', '{}', array(select id from budgets where plan_budget_id = old.id));
  return old;
end
$$;
create trigger lock_copies before delete on plan_budgets for each row execute function catraca_plan_budget_deleted();

do $$
declare
  target text;
begin
  foreach target in array array[
    'catraca_clients_changed_plan()', 'catraca_plan_budgets_changed()', 'catraca_plan_budget_deleted()',
    'catraca_retire_budget()', 'catraca_budgets_changed()', 'ledger_period_limit(budget_periods, timestamptz)',
    'ledger_lock_budgets(uuid[], uuid[], uuid[])', 'ledger_succeed_budgets(uuid[])', 'ledger_opened_calls(uuid[], uuid[])'
  ] loop
    execute format('revoke execute on function %s from public, anon, authenticated', target);
    execute format('grant execute on function %s to catraca_gateway', target);
  end loop;
end
$$;
