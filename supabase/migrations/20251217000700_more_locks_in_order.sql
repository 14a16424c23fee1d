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

-- A delivery takes its channel, the conversations that its statuses are of, and only then anything in them, as who deletes one of these does.
create or replace function whatsapp_receive(p_channel uuid, p_messages jsonb, p_statuses jsonb) returns integer
language plpgsql
as $$
declare
  v_channel whatsapp_channels;
  v_contact record;
  v_conversation conversations;
  v_added integer;
  v_wants boolean;
  v_total integer := 0;
  v_status record;
begin
  -- Who deletes the channel waits, or is waited for, before any conversation is locked.
  select * into v_channel from whatsapp_channels where id = p_channel and is_active for key share;
  if not found then
    return null;
  end if;
  -- And who erases a contact of whom there are statuses.
  perform 1 from conversations c
  where c.channel_id = p_channel and c.id in (
    select m.conversation_id from jsonb_to_recordset(p_statuses) as s(wamid text) join messages m on m.wamid = s.wamid
    union all
    select m.conversation_id from jsonb_to_recordset(p_statuses) as s(message_id uuid) join messages m on m.id = s.message_id)
  order by c.phone
  for key share;
  -- In the order of phones, so that two deliveries never wait for one another.
  for v_contact in
    select m ->> 'phone' as phone, jsonb_agg(m order by n) as messages, max(least((m ->> 'sent_at')::timestamptz, now())) as sent_at
    from jsonb_array_elements(p_messages) with ordinality as given(m, n)
    group by 1
    order by 1
  loop
    insert into conversations (client_id, channel_id, phone, last_message_at, last_inbound_at)
    values (v_channel.client_id, v_channel.id, v_contact.phone, v_contact.sent_at, v_contact.sent_at)
    on conflict (channel_id, phone) do update set
      last_message_at = greatest(conversations.last_message_at, excluded.last_message_at),
      last_inbound_at = greatest(conversations.last_inbound_at, excluded.last_inbound_at)
    returning * into v_conversation;
    with added as (
      insert into messages (client_id, conversation_id, wamid, direction, kind, body, sent_at, needs_answer, reply_to, media, details)
      select v_channel.client_id, v_conversation.id, m.wamid, 'in', m.kind, m.body, least(m.sent_at, now()),
        m.needs_answer and v_conversation.status = 'bot', m.reply_to, m.media, m.details
      from jsonb_array_elements(v_contact.messages) with ordinality as given(message, n)
      cross join jsonb_to_record(message) as m(wamid text, kind text, body text, sent_at timestamptz, needs_answer boolean, reply_to text,
        media jsonb, details jsonb)
      order by m.sent_at, n
      on conflict (wamid) do nothing
      returning messages.needs_answer
    )
    select count(*), bool_or(needs_answer) into v_added, v_wants from added;
    v_total := v_total + v_added;
    if v_wants then
      perform whatsapp_queue_answer(v_conversation.id, v_channel.is_simulated, v_channel.reply_pause_ms);
    end if;
  end loop;
  for v_status in
    select s.* from jsonb_to_recordset(p_statuses) as s(wamid text, message_id uuid, status text, at timestamptz, error jsonb)
    order by coalesce(s.message_id::text, ''), s.wamid, whatsapp_status_rank(s.status)
  loop
    update messages m set
      status = v_status.status, status_at = v_status.at, error = coalesce(v_status.error, m.error), wamid = coalesce(m.wamid, v_status.wamid)
    from conversations c
    -- The status may be here before the answer to our own request was: then it is known by the id that we gave along.
    where c.id = m.conversation_id and c.channel_id = p_channel and m.direction = 'out'
      and (m.wamid = v_status.wamid or (m.wamid is null and m.id = v_status.message_id))
      and whatsapp_status_rank(v_status.status) > whatsapp_status_rank(m.status);
  end loop;
  return v_total;
end
$$;

create or replace function whatsapp_erase_contact(p_client uuid, p_phone text) returns jsonb
language plpgsql
as $$
declare
  v_messages integer;
  v_conversations integer;
  v_calls integer;
  v_month regclass;
  v_rows integer;
begin
  -- First, because a change of budgets has the turn of changes when it waits for calls. Not for nothing: even a change of no row takes the turn.
  if exists (select 1 from whatsapp_channels where client_id = p_client and p_phone = any (admin_phones)) then
    update whatsapp_channels set admin_phones = array_remove(admin_phones, p_phone) where client_id = p_client and p_phone = any (admin_phones);
  end if;
  -- Calls under way, in the order in which they are settled.
  update call_admissions a set estimate = a.estimate - 'phone' - 'conversation_id'
  from (
    select call_id from call_admissions where client_id = p_client and estimate ->> 'phone' = p_phone order by call_id for update
  ) as theirs
  where a.call_id = theirs.call_id;
  -- From here on no batch books what it has not looked up here.
  perform pg_advisory_xact_lock(ledger_erasing_lock());
  insert into erased_contacts (hash, client_id, erased_at) values (ledger_contact_hash(p_client::text, p_phone), p_client, clock_timestamp())
  on conflict (hash) do update set erased_at = excluded.erased_at;
  select count(*) into v_messages
  from messages m join conversations c on c.id = m.conversation_id where c.client_id = p_client and c.phone = p_phone;
  update gateway_usage_logs set phone = null, conversation_id = null where client_id = p_client and phone = p_phone;
  get diagnostics v_calls = row_count;
  for v_month in
    select c.oid from pg_class c
    where c.relnamespace = 'catraca_archive'::regnamespace and c.relkind = 'r' and c.relname like 'gateway\_usage\_logs\_%'
  loop
    execute format('update %s set phone = null, conversation_id = null where client_id = $1 and phone = $2', v_month) using p_client, p_phone;
    get diagnostics v_rows = row_count;
    v_calls := v_calls + v_rows;
  end loop;
  update budget_adjustments set truth = truth - 'phone' - 'conversation_id'
  where truth ->> 'client_id' = p_client::text and truth ->> 'phone' = p_phone;
  update usage_dead_letters set record = record - 'phone' - 'conversation_id'
  where record ->> 'client_id' = p_client::text and record ->> 'phone' = p_phone;
  delete from conversations where client_id = p_client and phone = p_phone;
  get diagnostics v_conversations = row_count;
  return jsonb_build_object('conversations', v_conversations, 'messages', v_messages, 'calls', v_calls);
end
$$;

-- Old messages and conversations that somebody is using are left for the next time, and an answer goes after its messages: this waits for nobody.
create or replace function whatsapp_forget_old() returns integer
language plpgsql
as $$
declare
  v_messages integer;
begin
  delete from messages where id in (
    select m.id from messages m join clients c on c.id = m.client_id
    where m.created_at < now() - make_interval(days => c.message_retention_days)
    for update of m skip locked);
  get diagnostics v_messages = row_count;
  delete from whatsapp_answers where id in (
    select a.id from whatsapp_answers a join clients c on c.id = a.client_id
    where a.created_at < now() - make_interval(days => c.message_retention_days) and a.state not in ('asking', 'sending')
      and not exists (select 1 from messages m where m.answer_id = a.id)
    for update of a skip locked);
  delete from conversations where id in (
    select v.id from conversations v join clients c on c.id = v.client_id
    where v.last_message_at < now() - make_interval(days => c.message_retention_days)
      and not exists (select 1 from messages m where m.conversation_id = v.id)
    for update of v skip locked);
  delete from erased_contacts where erased_at < now() - interval '90 days';
  return v_messages;
end
$$;

-- The channel before its deliveries, as who deletes it.
create or replace function notification_undelivered(p_whatsapp_channel uuid, p_failures jsonb) returns void
language sql
as $$
  with told as (
    select d.id, d.channel_id, f.code, f.error
    from jsonb_to_recordset(p_failures) as f(delivery bigint, code integer, error text)
    join notification_deliveries d on d.id = f.delivery
  ), channels as (
    select n.id from notification_channels n
    where n.whatsapp_channel_id = p_whatsapp_channel and n.id in (select channel_id from told)
    order by n.id
    for no key update
  ), failed as (
    update notification_deliveries d
    set status = 'failed', response_code = t.code, error = t.error, error_code = 'meta_failed', claimed_until = null,
      attempted_at = coalesce(d.attempted_at, now())
    from told t join channels n on n.id = t.channel_id
    where d.id = t.id and d.status in ('pending', 'sent')
    returning d.id, d.channel_id, d.error
  )
  update notification_channels n
  set failing_since = coalesce(n.failing_since, now()), last_error = f.error, last_error_code = 'meta_failed'
  from failed f
  where n.id = f.channel_id
    and not exists (select 1 from notification_deliveries l where l.channel_id = n.id and l.status = 'sent' and l.id > f.id)
$$;

-- A batch that has late truth beside new rows locks rollups twice, each time in their order: the rows' trigger, and then that of the adjustments. It
-- keeps all others off them from the first time on, which is after its alerts, as always.
create or replace function roll_up_usage() returns trigger
language plpgsql
as $$
declare
  v_deltas usage_rollups[] := array(
    select (i.client_id, date_trunc('hour', i.created_at, 'UTC'), i.provider, i.model_name, i.api_type, count(*),
      count(*) filter (where i.status = 'error'), count(*) filter (where i.was_cached), count(*) filter (where i.status = 'orphaned'), 0,
      count(*) filter (where i.cost_usd is null), count(*) filter (where i.cost_brl is null), sum(i.input_tokens), sum(i.output_tokens),
      sum(i.cached_tokens), sum(i.cache_write_tokens), sum(i.reasoning_tokens), sum(i.total_tokens), coalesce(sum(i.cost_usd), 0),
      coalesce(sum(i.cost_brl), 0), usage_sketch_of(array_agg(usage_latency_bucket(i.status, i.was_cached, i.latency_ms))),
      coalesce(sum(i.saved_usd), 0), coalesce(sum(i.saved_brl), 0))::usage_rollups
    from inserted i
    group by i.client_id, date_trunc('hour', i.created_at, 'UTC'), i.provider, i.model_name, i.api_type);
begin
  if current_setting('catraca.has_late_truth', true) = 'yes' then
    lock table usage_rollups in share row exclusive mode;
  end if;
  if cardinality(v_deltas) > 0 then
    perform usage_add(v_deltas);
  end if;
  return null;
end
$$;

do $$
declare
  v_definition text := pg_get_functiondef('ledger_settle(jsonb)'::regprocedure);
  v_place text := '  with incoming as (
';
begin
  if (length(v_definition) - length(replace(v_definition, v_place, ''))) / length(v_place) <> 1 then
    raise exception 'ledger_settle has no place to tell of late truth: "%" is not in it once', v_place;
  end if;
  execute replace(v_definition, v_place,
'  if cardinality(v_admitted) < cardinality(v_ids) and exists (
    select 1 from gateway_usage_logs u
    where u.call_id = any (v_ids) and u.call_id <> all (v_admitted) and u.status = ''orphaned''
  ) then
    -- For roll_up_usage, until the transaction ends.
    perform set_config(''catraca.has_late_truth'', ''yes'', true);
  end if;

' || v_place);
end
$$;
