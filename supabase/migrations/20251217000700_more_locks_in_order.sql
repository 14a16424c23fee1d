-- More rings in which two transactions could wait for each other, until PostgreSQL ended one of them. Each has its test in
-- tests/contention/ or src/ledger/lock-order.test.ts.

-- Changes take turns before they lock anything, as those of clients and budgets do: what is a client's has its row locked by its foreign key, where
-- whoever changed that client waited with the turn in hand.
drop trigger note_change on client_api_keys;
create trigger note_change
before insert or delete or update of allowed_models, requests_per_minute, tokens_per_minute, max_concurrent_calls, expires_at, revoked_at
on client_api_keys for each statement execute function catraca_note_change();
drop trigger note_change on client_guardrails;
create trigger note_change before insert or delete or update on client_guardrails for each statement execute function catraca_note_change();
drop trigger note_change on client_semantic_cache;
create trigger note_change before insert or delete or update on client_semantic_cache for each statement execute function catraca_note_change();
drop trigger note_change on model_routes;
create trigger note_change before insert or delete or update on model_routes for each statement execute function catraca_note_change();
drop trigger note_change on whatsapp_channels;
create trigger note_change before insert or delete or update on whatsapp_channels for each statement execute function catraca_note_change();

-- Windows that somebody is using are left for the next time: a call takes several of them.
create or replace function rate_forget() returns void
language sql
as $$
  delete from rate_windows w
  using (
    select scope, id, unit from rate_windows where at_second < extract(epoch from clock_timestamp()) - 120 for update skip locked
  ) as unused
  where w.scope = unused.scope and w.id = unused.id and w.unit = unused.unit;
  delete from call_places p
  using (select call_id, scope from call_places where expires_at < clock_timestamp() order by call_id, scope for update skip locked) as gone
  where p.call_id = gone.call_id and p.scope = gone.scope;
$$;

-- Old tries are deleted last, and it waits for nobody with them in hand: they may be what another waits for with its own.
create or replace function auth_take_try(p_keys text[], p_most integer, p_window interval) returns double precision
language plpgsql
as $$
declare
  v_now timestamptz := clock_timestamp();
  v_key text;
  v_tries timestamptz[];
  v_wait double precision := 0;
begin
  -- In one order, so that two never wait for each other.
  for v_key in select distinct k from unnest(p_keys) as k order by k loop
    insert into auth_rate_limits as l (key, tries, last_try_at) values (v_key, '{}', v_now)
    on conflict (key) do update set key = l.key returning tries into v_tries;
    v_tries := array(select t from unnest(v_tries) as t where t > v_now - p_window order by t);
    if cardinality(v_tries) >= p_most then
      v_wait := greatest(v_wait, extract(epoch from v_tries[cardinality(v_tries) - p_most + 1] + p_window - v_now));
    end if;
  end loop;
  if v_wait = 0 then
    update auth_rate_limits set tries = array(select t from unnest(tries) as t where t > v_now - p_window order by t) || v_now, last_try_at = v_now
    where key = any (p_keys);
  end if;
  delete from auth_rate_limits where key in (
    select key from auth_rate_limits where last_try_at < v_now - p_window and key <> all (p_keys) limit 100 for update skip locked);
  return v_wait;
end
$$;
