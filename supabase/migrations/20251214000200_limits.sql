-- Requests and tokens a minute: what all replicas have taken in the last 60 seconds, a slot a second. See src/limits/README.md.

alter table clients
  add column max_requests_per_minute integer constraint max_requests_per_minute_is_positive check (max_requests_per_minute > 0),
  add column max_tokens_per_minute bigint constraint max_tokens_per_minute_is_positive check (max_tokens_per_minute > 0);

-- Not logged: after a crash a minute is forgotten, which costs nobody money.
create unlogged table rate_windows (
  scope text not null check (scope in ('key', 'client', 'shared')),
  id uuid not null,
  unit text not null check (unit in ('requests', 'tokens')),
  -- The second of the newest slot, since 1970; slot s % 60 + 1 is second s.
  at_second bigint not null,
  slots bigint[] not null,
  primary key (scope, id, unit)
) with (fillfactor = 50);
comment on table rate_windows is 'what was taken of each limit in the last minute; replicas take credits in advance and give back what they did not use';
select catraca_secure('rate_windows');

-- Takes credits. p_takes is a JSON array; one element:
--   scope, id, unit, limit
--   want, least    credits wanted, and the least that is of use: with fewer left none is given
--   debt           credits that were used beyond what was taken
--   returned       [{"second", "amount"}]: credits that were taken in that second and not used
-- Answers in the same order: granted, left (of the limit, after it), second (in which they were taken), reset_ms (until the window is empty
-- if nothing more comes), free_in_ms (until `least` fits; null when it never will).
create function rate_take(p_takes jsonb) returns jsonb
language plpgsql
as $$
declare
  v_now_ms bigint := floor(extract(epoch from clock_timestamp()) * 1000);
  v_second bigint;
  v_slots bigint[];
  v_used bigint;
  v_granted bigint;
  v_freed bigint;
  v_free_at bigint;
  v_newest bigint;
  v_take record;
  v_back record;
  v_results jsonb := '{}';
begin
  -- In one order, so that two replicas never wait for each other in a ring.
  for v_take in
    select t.position, x.* from jsonb_array_elements(p_takes) with ordinality as t(take, position)
    cross join lateral jsonb_to_record(t.take)
      as x(scope text, id uuid, unit text, "limit" bigint, want bigint, least bigint, debt bigint, returned jsonb)
    order by x.scope, x.id, x.unit
  loop
    insert into rate_windows (scope, id, unit, at_second, slots)
    values (v_take.scope, v_take.id, v_take.unit, v_now_ms / 1000, array_fill(0::bigint, array[60])) on conflict do nothing;
    select w.slots, w.at_second into v_slots, v_newest from rate_windows w
    where w.scope = v_take.scope and w.id = v_take.id and w.unit = v_take.unit for no key update;
    -- A clock that was set back must not count anything twice.
    v_second := greatest(v_now_ms / 1000, v_newest);
    for s in greatest(v_newest + 1, v_second - 59) .. v_second loop
      v_slots[s % 60 + 1] := 0;
    end loop;
    for v_back in select * from jsonb_to_recordset(v_take.returned) as r(second bigint, amount bigint) loop
      continue when v_back.second <= v_second - 60;
      v_slots[v_back.second % 60 + 1] := greatest(0, v_slots[v_back.second % 60 + 1] - v_back.amount);
    end loop;
    v_slots[v_second % 60 + 1] := v_slots[v_second % 60 + 1] + v_take.debt;

    v_used := (select sum(x) from unnest(v_slots) x);
    v_granted := least(v_take.want, v_take."limit" - v_used);
    v_free_at := null;
    v_newest := null;
    if v_granted < v_take.least or v_granted < 0 then
      v_granted := 0;
    end if;
    v_slots[v_second % 60 + 1] := v_slots[v_second % 60 + 1] + v_granted;
    v_freed := 0;
    for s in v_second - 59 .. v_second loop
      continue when v_slots[s % 60 + 1] = 0;
      v_freed := v_freed + v_slots[s % 60 + 1];
      v_newest := s;
      if v_free_at is null and v_used + v_granted - v_freed + v_take.least <= v_take."limit" then
        v_free_at := s;
      end if;
    end loop;
    update rate_windows w set slots = v_slots, at_second = v_second
    where w.scope = v_take.scope and w.id = v_take.id and w.unit = v_take.unit;
    v_results := v_results || jsonb_build_object(v_take.position::text, jsonb_build_object(
      'granted', v_granted, 'left', greatest(0, v_take."limit" - v_used - v_granted), 'second', v_second,
      'reset_ms', coalesce((v_newest + 60) * 1000 - v_now_ms, 0),
      'free_in_ms', case when v_take.least <= v_take."limit" then coalesce((v_free_at + 60) * 1000 - v_now_ms, 0) end));
  end loop;
  return (select jsonb_agg(v_results -> n::text order by n) from generate_series(1, jsonb_array_length(p_takes)) n);
end
$$;
revoke execute on function rate_take(jsonb) from public, anon, authenticated;
grant execute on function rate_take(jsonb) to catraca_gateway;

-- A minute nobody used is no longer needed. Called by the gateway now and then.
create function rate_forget() returns void
language sql
as $$ delete from rate_windows where at_second < extract(epoch from clock_timestamp()) - 120 $$;
revoke execute on function rate_forget() from public, anon, authenticated;
grant execute on function rate_forget() to catraca_gateway;
