-- Roles and the two helpers that every later migration uses. Supabase brings the first three roles; plain PostgreSQL gets them here,
-- so that the same grants and the same tests hold on both.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['anon', 'authenticated', 'service_role', 'catraca_gateway'] loop
    begin
      execute format('create role %I nologin', wanted);
    exception
      -- Roles belong to the whole server: another database's migration may have made them, even at this very moment.
      when duplicate_object or unique_violation then null;
    end;
  end loop;
end
$$;

-- Closes a table to everybody and opens it to the gateway's own role.
create function catraca_secure(target regclass) returns void
language plpgsql
as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('revoke all on table %s from public, anon, authenticated', target);
  execute format('grant select, insert, update, delete on table %s to catraca_gateway', target);
  execute format('create policy catraca_gateway_all on %s to catraca_gateway using (true) with check (true)', target);
end
$$;
revoke execute on function catraca_secure(regclass) from public, anon, authenticated;

-- One number that grows with every change a replica must notice. A replica that missed the NOTIFY (a pooler, a broken connection) sees
-- the number at its next poll. A table and not a sequence: a sequence moves before the change is visible.
create table catraca_changes (
  only_row boolean primary key default true check (only_row),
  version bigint not null default 1
);
insert into catraca_changes default values;
select catraca_secure('catraca_changes');

create function catraca_note_change() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, public
as $$
begin
  update public.catraca_changes set version = version + 1;
  perform pg_notify('catraca_changed', tg_table_name);
  return null;
end
$$;
revoke execute on function catraca_note_change() from public, anon, authenticated;

create function catraca_touch_updated_at() returns trigger
language plpgsql
as $$
begin
  new.updated_at := now();
  return new;
end
$$;
