-- Rings in which calls and an operator's change could wait for each other, until PostgreSQL ended one of them: a group or a batch began again, a change
-- was lost.

-- Makes the period of each budget at its instant. It waits for whoever is changing or deleting one of them, so that the period starts with the limit
-- as it is then; holding none of the others meanwhile, because a change of several takes them in an order of its own. Gives up after 1.3 s, as reserve
-- does on a lock.
create or replace function ledger_make_periods(p_budget_ids uuid[], p_instants timestamptz[]) returns void
language plpgsql
as $$
begin
  for v_attempt in 1..130 loop
    begin
      perform 1 from budgets where id = any (p_budget_ids) order by id for share nowait;
      exit;
    exception when lock_not_available then
      if v_attempt = 130 then
        raise;
      end if;
    end;
    perform pg_sleep(0.01);
  end loop;
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

-- As it was, but that periods are made once: what is missing after that was made meanwhile, and to make its periods too would be out of order.
create or replace function ledger_budgets(p_clients uuid[], p_now timestamptz, p_lock boolean) returns ledger_budget[]
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
  v_budgets ledger_budget[];
  v_missing uuid[];
  v_locked uuid[];
  v_has_made boolean := p_lock;
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

  loop
    -- With the locks held this sees every change that was made before they were had.
    select coalesce(array_agg((b.id, b.client_id, b.budget_type, b.budget_period, b.time_zone, b.pause_at_limit, b.is_paused,
        p.period_start, p.period_end, ledger_period_limit(p, p_now), p.used, p.reserved,
        case when p.raised_until > p_now and p.raised_limit > p."limit" then p.raised_until end)::ledger_budget order by b.client_id, b.id), '{}'),
      array_agg(b.id) filter (where p.budget_id is null or b.id <> all (v_locked))
    into v_budgets, v_missing
    from effective_budgets b
    left join budget_periods p on p.budget_id = b.id and p.period_start = budget_period_start(b.budget_period, b.time_zone, p_now)
    where b.client_id = any (p_clients);
    exit when v_missing is null;
    if v_has_made then
      -- Made, or put in another's place, while this waited.
      raise exception 'a budget was made at this moment' using errcode = '40001';
    end if;
    perform ledger_make_periods(v_missing, array_fill(p_now, array[cardinality(v_missing)]));
    v_has_made := true;
  end loop;
  return v_budgets;
end
$$;

-- Settling. Late truth is counted by the budgets whose opening counts its estimate: where the batch waited for the change that makes one, it found it
-- only after it had locked the others, out of their order. And a call that was served while the database was away has its budgets looked for with
-- the batch's calls locked, for which a change of their type or period waits in its turn. In both the batch lets go, and its caller books it once
-- more (40001, 55P03), as where a budget is made that instant.
do $$
declare
  v_definition text := pg_get_functiondef('ledger_settle(jsonb)'::regprocedure);
  v_place text;
begin
  foreach v_place in array array[
    '    perform ledger_make_periods(array(select m.budget_id from unnest(v_unplaced) m)',
    '  order by p.budget_id, p.period_start
  for no key update;
'] loop
    if (length(v_definition) - length(replace(v_definition, v_place, ''))) / length(v_place) <> 1 then
      raise exception 'ledger_settle has no place to let go: "%" is not in it once', v_place;
    end if;
    v_definition := replace(v_definition, v_place, case when v_place like '    perform%' then
'    if cardinality(v_admitted) > 0 then
      perform 1 from budgets where id in (select m.budget_id from unnest(v_unplaced) m) order by id for share nowait;
    end if;
' || v_place
    else v_place ||
'  if cardinality(v_admitted) < cardinality(v_ids) and exists (
    select m.budget_id, m.period_start from unnest(ledger_late_moves(array(select unnest(v_ids) except select unnest(v_admitted)))) m
    except
    select m.budget_id, m.period_start from unnest(v_moves || v_late) m
  ) then
    raise exception ''a budget was replaced at this moment'' using errcode = ''40001'';
  end if;
' end);
  end loop;
  execute v_definition;
end
$$;

-- Another plan and another time zone of a client in one statement: one change, whose locks are taken together.
create function catraca_clients_changed() returns trigger
language plpgsql
as $$
declare
  v_moved uuid[] := array(select n.id from clients_after n join clients_before o using (id) where n.plan <> o.plan);
  -- Where the period is the same in both zones, nothing is.
  v_replaced uuid[] := array(
    select b.id
    from clients_after n join clients_before o using (id) join budgets b on b.client_id = n.id
    where n.time_zone <> o.time_zone and b.retired_at is null
      and (budget_period_start(b.budget_period, n.time_zone, ledger_now()), budget_period_end(b.budget_period, n.time_zone, ledger_now()))
        <> (budget_period_start(b.budget_period, o.time_zone, ledger_now()), budget_period_end(b.budget_period, o.time_zone, ledger_now())));
begin
  if cardinality(v_moved) + cardinality(v_replaced) = 0 then
    return null;
  end if;
  perform ledger_lock_budgets(v_replaced, '{}', v_replaced || array(
    select id from budgets where client_id = any (v_moved) and plan_budget_id is not null and retired_at is null));
  perform catraca_copy_plan_budgets(v_moved);
  update budgets b
  set retired_at = ledger_now(),
    successor = to_jsonb(b) - array['limit_amount', 'raised_amount', 'origin_id', 'retired_at', 'successor', 'updated_at']
      || jsonb_build_object('id', gen_random_uuid())
  where b.id = any (v_replaced);
  return null;
end
$$;
revoke execute on function catraca_clients_changed() from public, anon, authenticated;
grant execute on function catraca_clients_changed() to catraca_gateway;

drop trigger change_plan on clients;
drop function catraca_clients_changed_plan();
drop trigger change_time_zone on clients;
drop function catraca_clients_changed_time_zone();
create trigger change_budgets after update on clients
referencing old table as clients_before new table as clients_after
for each statement execute function catraca_clients_changed();
