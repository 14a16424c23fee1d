-- How many calls may be under way at once, of a key, a client and all clients together. See docs/decisions/0023.

alter table clients
  add column max_concurrent_calls integer constraint max_concurrent_calls_is_positive check (max_concurrent_calls > 0);
alter table client_api_keys
  add column max_concurrent_calls integer constraint max_concurrent_calls_is_positive check (max_concurrent_calls > 0);
alter table shared_gateway_config
  add column max_concurrent_calls integer constraint max_concurrent_calls_is_positive check (max_concurrent_calls > 0);
comment on column clients.max_concurrent_calls is 'calls of all its keys that may be under way at once, over all replicas; null: any number';

drop trigger note_change on client_api_keys;
create trigger note_change
  after insert or delete or update of allowed_models, requests_per_minute, tokens_per_minute, max_concurrent_calls, expires_at, revoked_at
  on client_api_keys for each statement execute function catraca_note_change();
drop trigger audit on client_api_keys;
create trigger audit
  after insert or delete or update of name, allowed_models, requests_per_minute, tokens_per_minute, max_concurrent_calls, expires_at, revoked_at
  on client_api_keys for each row execute function catraca_audit();

-- Logged, unlike rate_windows: the calls outlive a crash of the database, so their places must.
create table call_places (
  call_id uuid not null,
  scope text not null check (scope in ('key', 'client', 'shared')),
  id uuid not null,
  -- Of a process that died nobody frees the places: they end when its calls' holds would.
  expires_at timestamptz not null,
  primary key (call_id, scope)
);
comment on table call_places is 'one row for each cap that a call under way counts against; calls without a cap have none';
create index call_places_scope on call_places (scope, id, expires_at);
select catraca_secure('call_places');

-- Frees the places of the calls p_over, then gives places to p_calls, in their order: to each call in all of its caps or in none. One element:
--   call_id, ttl_ms, caps: [{"scope", "id", "most"}]
-- Answers in the same order: null, or the cap that is reached: scope, running, limit. Gives up on a lock after 1.3 s, so that a caller who
-- was told "unavailable" does not get a place much later.
create function places_take(p_calls jsonb, p_over uuid[]) returns jsonb
language plpgsql
set lock_timeout = '1300ms'
as $$
declare
  v_lock bigint;
  v_now timestamptz;
  v_call jsonb;
  v_reached jsonb;
  v_results jsonb := '[]';
begin
  delete from call_places where call_id = any (p_over);
  -- Who counts and who takes must be one after the other; in one order, so that two replicas never wait for each other in a ring.
  for v_lock in
    select distinct hashtextextended('catraca places ' || (cap ->> 'scope') || ' ' || (cap ->> 'id'), 0)
    from jsonb_array_elements(p_calls) as c(call) cross join lateral jsonb_array_elements(c.call -> 'caps') as k(cap)
    order by 1
  loop
    perform pg_advisory_xact_lock(v_lock);
  end loop;
  v_now := clock_timestamp();
  for v_call in select c from jsonb_array_elements(p_calls) with ordinality as a(c, position) order by position loop
    select jsonb_build_object('scope', k.scope, 'running', k.running, 'limit', k.most) into v_reached
    from (
      select x.scope, x.most, k.position,
        (select count(*) from call_places p where p.scope = x.scope and p.id = x.id and p.expires_at > v_now) as running
      from jsonb_array_elements(v_call -> 'caps') with ordinality as k(cap, position)
      cross join lateral jsonb_to_record(k.cap) as x(scope text, id uuid, most bigint)
    ) k
    where k.running >= k.most
    order by k.position limit 1;
    if v_reached is null then
      insert into call_places (call_id, scope, id, expires_at)
      select (v_call ->> 'call_id')::uuid, x.scope, x.id, v_now + make_interval(secs => (v_call ->> 'ttl_ms')::float8 / 1000)
      from jsonb_to_recordset(v_call -> 'caps') as x(scope text, id uuid);
    end if;
    v_results := v_results || jsonb_build_array(v_reached);
  end loop;
  return v_results;
end
$$;
revoke execute on function places_take(jsonb, uuid[]) from public, anon, authenticated;
grant execute on function places_take(jsonb, uuid[]) to catraca_gateway;

-- What nobody needs any more: minutes that nobody used, and places of calls that a dead process left. Called by the gateway now and then.
create or replace function rate_forget() returns void
language sql
as $$
  delete from rate_windows where at_second < extract(epoch from clock_timestamp()) - 120;
  delete from call_places p
  using (select call_id, scope from call_places where expires_at < clock_timestamp() order by call_id, scope for update skip locked) as gone
  where p.call_id = gone.call_id and p.scope = gone.scope;
$$;
