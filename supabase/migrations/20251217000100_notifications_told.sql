-- Of alerts: why one did not arrive, by a code that has words in every language; no channel twice; what Meta says later. And how long
-- messages are kept has an end that the nightly cleaning can count to.

update clients set message_retention_days = 36500 where message_retention_days > 36500;
alter table clients add constraint clients_message_retention_days_most check (message_retention_days <= 36500);

alter table notification_deliveries
  -- The kind of `error`: docs/notifications.md. null with an error: of a version before it.
  add column error_code text;
alter table notification_channels
  add column last_error_code text;
grant update (last_error_code) on notification_channels to catraca_gateway;

-- What makes two addresses of a kind the same one.
create function notification_address_key(p_kind text, p_address text) returns text
language sql
immutable
as $$ select case p_kind when 'email' then lower(p_address) when 'whatsapp' then ltrim(p_address, '+') else p_address end $$;

-- Of doubles the one that follows its client stays, else the oldest: it hears of whatever one of them heard of.
with ranked as (
  select id, alert_kinds, is_active, first_value(id) over same as kept
  from notification_channels
  window same as (
    partition by client_id, kind, notification_address_key(kind, address) order by follows_client desc, created_at, id)
), told as (
  select r.kept, bool_or(r.is_active) as is_active, bool_or(r.is_active and r.alert_kinds is null) as hears_all,
    array_agg(distinct k.kind) filter (where k.kind is not null) as alert_kinds
  from ranked r left join lateral unnest(r.alert_kinds) as k(kind) on r.is_active
  group by r.kept
  having count(distinct r.id) > 1
), removed as (
  delete from notification_channels n using ranked r where n.id = r.id and r.id <> r.kept
)
update notification_channels n
set is_active = t.is_active,
  alert_kinds = case when t.hears_all then null when t.is_active then t.alert_kinds else n.alert_kinds end
from told t
where n.id = t.kept;
create unique index notification_channels_address
  on notification_channels (client_id, kind, notification_address_key(kind, address)) nulls not distinct;

-- As before, and a channel that has the address already follows the column from then on.
create or replace function notification_follow_client() returns trigger
language plpgsql
as $$
declare
  v_kind text;
  v_address text;
  v_own uuid;
begin
  for v_kind, v_address in
    values ('email', new.notification_email), ('webhook', new.notification_webhook_url), ('whatsapp', new.notification_whatsapp)
  loop
    v_address := nullif(btrim(v_address), '');
    select id into v_own from notification_channels
    where client_id = new.id and kind = v_kind and not follows_client
      and notification_address_key(kind, address) = notification_address_key(v_kind, v_address);
    if v_address is null or v_own is not null then
      delete from notification_channels where client_id = new.id and kind = v_kind and follows_client;
    end if;
    if v_own is not null then
      update notification_channels set follows_client = true, address = v_address where id = v_own;
    elsif v_address is not null then
      insert into notification_channels as c (client_id, kind, address, follows_client) values (new.id, v_kind, v_address, true)
      on conflict (client_id, kind) where follows_client
      do update set address = excluded.address, failing_since = null, last_error = null, last_error_code = null
      where c.address <> excluded.address;
    end if;
  end loop;
  return null;
end
$$;

-- Meta takes a template and may say later that it failed: what was sent for it failed then, and is not tried again by itself. Only who sends
-- by that number says so. While its attempt is being noted it is still pending.
create function notification_undelivered(p_whatsapp_channel uuid, p_failures jsonb) returns void
language sql
as $$
  with failed as (
    update notification_deliveries d
    set status = 'failed', response_code = f.code, error = f.error, error_code = 'meta_failed', claimed_until = null,
      attempted_at = coalesce(d.attempted_at, now())
    from jsonb_to_recordset(p_failures) as f(delivery bigint, code integer, error text), notification_channels n
    where d.id = f.delivery and d.status in ('pending', 'sent') and n.id = d.channel_id and n.whatsapp_channel_id = p_whatsapp_channel
    returning d.id, d.channel_id, d.error
  )
  update notification_channels n
  set failing_since = coalesce(n.failing_since, now()), last_error = f.error, last_error_code = 'meta_failed'
  from failed f
  where n.id = f.channel_id
    and not exists (select 1 from notification_deliveries l where l.channel_id = n.id and l.status = 'sent' and l.id > f.id)
$$;

-- A contact of a bot waits for a person: its client is told as of its budgets.
alter table alerts
  drop constraint alerts_kind_check,
  add constraint alerts_kind_check check (kind in
    ('budget_threshold', 'budget_exceeded', 'handed_off', 'orphaned_calls', 'unpriced_model', 'stale_exchange_rate', 'dead_letter')),
  add constraint alerts_handed_off check (kind <> 'handed_off' or client_id is not null);
alter table notification_channels
  drop constraint notification_channels_alert_kinds,
  add constraint notification_channels_alert_kinds
    check (client_id is null or alert_kinds is null or alert_kinds <@ array['budget_threshold', 'budget_exceeded', 'handed_off']);

create or replace function notification_channels_of(p_alert_id uuid) returns setof uuid
language sql
stable
as $$
  select c.id
  from alerts a join notification_channels c on c.client_id is null or c.client_id = a.client_id
  where a.id = p_alert_id and c.is_active
    and case
      when c.alert_kinds is not null then a.kind = any (c.alert_kinds)
      else c.client_id is null or a.kind in ('budget_threshold', 'budget_exceeded', 'handed_off')
    end
$$;

do $$
declare
  target regprocedure;
begin
  for target in
    select oid from pg_proc
    where pronamespace = 'public'::regnamespace and proname in ('notification_address_key', 'notification_undelivered')
  loop
    execute format('revoke execute on function %s from public, anon, authenticated', target);
    execute format('grant execute on function %s to catraca_gateway', target);
  end loop;
end
$$;
