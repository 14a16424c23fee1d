-- On Supabase everything new in `public` is open to the API's roles until somebody says otherwise. Tables and functions were closed one by
-- one; the sequences behind their ids were not, so a session of anon or authenticated could set one back and make every insert fail.
create or replace function catraca_secure(target regclass) returns void
language plpgsql
as $$
declare
  v_sequence regclass;
begin
  execute format('alter table %s enable row level security', target);
  execute format('revoke all on table %s from public, anon, authenticated', target);
  execute format('grant select, insert, update, delete on table %s to catraca_gateway', target);
  execute format('create policy catraca_gateway_all on %s to catraca_gateway using (true) with check (true)', target);
  for v_sequence in select sequence from catraca_sequences_of(target) as sequence loop
    execute format('revoke all on sequence %s from public, anon, authenticated', v_sequence);
  end loop;
end
$$;

-- The sequences that a table's columns take their numbers from.
create function catraca_sequences_of(target regclass) returns setof regclass
language sql
stable
set search_path = pg_catalog, public
as $$
  select d.objid::regclass
  from pg_depend d
  join pg_class c on c.oid = d.objid and c.relkind = 'S'
  where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = target and d.deptype in ('a', 'i')
$$;
revoke execute on function catraca_sequences_of(regclass) from public, anon, authenticated;

-- Of our own tables only: other programs keep theirs in `public` too.
do $$
declare
  v_sequence regclass;
begin
  for v_sequence in
    select s.sequence
    from pg_policy p
    cross join lateral catraca_sequences_of(p.polrelid::regclass) as s (sequence)
    where p.polname = 'catraca_gateway_all'
  loop
    execute format('revoke all on sequence %s from public, anon, authenticated', v_sequence);
  end loop;
end
$$;
