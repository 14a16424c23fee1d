-- Where alerts go besides the log. Whoever can write here says where facts about clients are sent, so nobody but the owner can.
create table notification_channels (
  id uuid primary key default gen_random_uuid(),
  -- null: the operator's own, which hears of all clients
  client_id uuid references clients on delete cascade,
  kind text not null constraint notification_channels_kind check (kind in ('email', 'webhook', 'whatsapp')),
  address text not null constraint notification_channels_address check (length(address) between 1 and 2000 and address !~ '[[:cntrl:]]'),
  -- in vault.secrets: what a webhook is signed with; null leaves it unsigned
  secret_id uuid,
  -- null: all that concern its owner
  alert_kinds text[],
  -- A client hears of its budgets; the others are the operator's own worries.
  constraint notification_channels_alert_kinds
    check (client_id is null or alert_kinds is null or alert_kinds <@ array['budget_threshold', 'budget_exceeded']),
  -- null: the client's, for the operator pt-BR
  locale text constraint notification_channels_locale check (locale in ('pt-BR', 'en')),
  is_active boolean not null default true,
  -- Follows clients.notification_email, notification_webhook_url and notification_whatsapp.
  follows_client boolean not null default false check (client_id is not null or not follows_client),
  -- Since the first failure after the last success.
  failing_since timestamptz,
  last_error text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on table notification_channels is 'Who is told of alerts, and how: docs/notifications.md';
create index notification_channels_client_id on notification_channels (client_id);
create unique index notification_channels_follows_client on notification_channels (client_id, kind) where follows_client;
create trigger touch_updated_at before update of address, secret_id, alert_kinds, locale, is_active on notification_channels
  for each row execute function catraca_touch_updated_at();
create trigger audit after insert or delete or update of address, secret_id, alert_kinds, locale, is_active on notification_channels
  for each row execute function catraca_audit();
select catraca_secure('notification_channels');
revoke insert, update, delete on notification_channels from catraca_gateway;
grant update (failing_since, last_error) on notification_channels to catraca_gateway;

-- One row an attempt: the log, and with status pending the outbox. A failed attempt is followed by the next one's row.
create table notification_deliveries (
  id bigint generated always as identity primary key,
  -- null: a test of the channel
  alert_id uuid references alerts on delete cascade,
  channel_id uuid not null references notification_channels on delete cascade,
  attempt integer not null check (attempt > 0),
  -- How many attempts have failed since it was last queued by a person or by its alert: what the next pause goes by.
  failures integer not null default 0,
  status text not null default 'pending' check (status in ('pending', 'sent', 'failed', 'given_up')),
  response_code integer,
  error text,
  due_at timestamptz not null default now(),
  -- Whoever sends it has it until then; after that its process is taken for dead.
  claimed_until timestamptz,
  attempted_at timestamptz,
  created_at timestamptz not null default now(),
  unique (alert_id, channel_id, attempt)
);
create unique index notification_deliveries_pending on notification_deliveries (alert_id, channel_id) where status = 'pending';
create index notification_deliveries_due on notification_deliveries (channel_id, due_at) where status = 'pending';
create index notification_deliveries_channel_id on notification_deliveries (channel_id, id desc);
select catraca_secure('notification_deliveries');

create function notification_announce() returns trigger
language plpgsql
as $$
begin
  perform pg_notify('catraca_notification', '');
  return null;
end
$$;
create trigger announce after insert or update of due_at on notification_deliveries
  for each row when (new.status = 'pending' and new.due_at <= now()) execute function notification_announce();

-- The channels that an alert goes to.
create function notification_channels_of(p_alert_id uuid) returns setof uuid
language sql
stable
as $$
  select c.id
  from alerts a join notification_channels c on c.client_id is null or c.client_id = a.client_id
  where a.id = p_alert_id and c.is_active
    and case
      when c.alert_kinds is not null then a.kind = any (c.alert_kinds)
      else c.client_id is null or a.kind in ('budget_threshold', 'budget_exceeded')
    end
$$;

-- The three columns of clients are a channel each: another address is another address of the same channel. With the rights of whoever
-- changes them, so the gateway's role cannot.
create function notification_follow_client() returns trigger
language plpgsql
as $$
declare
  v_kind text;
  v_address text;
begin
  for v_kind, v_address in
    values ('email', new.notification_email), ('webhook', new.notification_webhook_url), ('whatsapp', new.notification_whatsapp)
  loop
    v_address := nullif(btrim(v_address), '');
    if v_address is null then
      delete from notification_channels where client_id = new.id and kind = v_kind and follows_client;
    else
      insert into notification_channels as c (client_id, kind, address, follows_client) values (new.id, v_kind, v_address, true)
      on conflict (client_id, kind) where follows_client
      do update set address = excluded.address, failing_since = null, last_error = null where c.address <> excluded.address;
    end if;
  end loop;
  return null;
end
$$;
create trigger follow_new_client after insert on clients for each row
  when (coalesce(new.notification_email, new.notification_webhook_url, new.notification_whatsapp) is not null)
  execute function notification_follow_client();
create trigger follow_client after update of notification_email, notification_webhook_url, notification_whatsapp on clients for each row
  when ((old.notification_email, old.notification_webhook_url, old.notification_whatsapp)
    is distinct from (new.notification_email, new.notification_webhook_url, new.notification_whatsapp))
  execute function notification_follow_client();

insert into notification_channels (client_id, kind, address, follows_client)
select c.id, v.kind, btrim(v.address), true
from clients c
cross join lateral (
  values ('email', c.notification_email), ('webhook', c.notification_webhook_url), ('whatsapp', c.notification_whatsapp)) as v(kind, address)
where length(btrim(v.address)) between 1 and 2000 and btrim(v.address) !~ '[[:cntrl:]]';

do $$
declare
  target regprocedure;
begin
  for target in
    select oid from pg_proc where pronamespace = 'public'::regnamespace and proname like 'notification\_%'
  loop
    execute format('revoke execute on function %s from public, anon, authenticated', target);
    execute format('grant execute on function %s to catraca_gateway', target);
  end loop;
end
$$;
