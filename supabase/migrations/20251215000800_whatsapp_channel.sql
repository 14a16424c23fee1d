-- What the WhatsApp channel needs to receive, answer once and in order, and to know what became of it. Why in this form: docs/decisions/0029.

alter table whatsapp_channels
  -- Of `catraca whatsapp simulate`: only the process that made it answers, so that no other sends its messages to Meta.
  add column is_simulated boolean not null default false,
  -- Null takes the client's.
  add column model text check (model <> ''),
  add column system_prompt text,
  -- What is typed within so long of one another is answered together.
  add column reply_pause_ms integer not null default 4000 check (reply_pause_ms between 0 and 60000),
  add column history_tokens integer not null default 2000 check (history_tokens between 0 and 1000000),
  add column transcription_model text not null default 'openai/whisper-1' check (transcription_model <> ''),
  -- What a contact is told when a budget refuses; null takes words in the client's language.
  add column refusal_notice text check (refusal_notice <> ''),
  -- What may be sent after the 24 hours; null: nothing is.
  add column template_name text check (template_name <> ''),
  add column template_language text not null default 'pt_BR' check (template_language <> ''),
  -- Who may ask for the client's balance, as digits.
  add column admin_phones text[] not null default '{}',
  -- Tokens that a contact may use in a day of the client's; null: any.
  add column contact_daily_tokens bigint check (contact_daily_tokens > 0);

alter table clients
  -- Messages older than this are deleted; null keeps them.
  add column message_retention_days integer check (message_retention_days > 0);

alter table conversations
  -- When the contact last wrote, by Meta's clock: from here the 24 hours count.
  add column last_inbound_at timestamptz,
  add column refusal_notice_at timestamptz,
  -- Who is answering it, for as long as they renew that.
  add column lease uuid,
  add column leased_until timestamptz;

-- One reply to what a contact wrote: one call, one charge, one or more messages.
create table whatsapp_answers (
  id uuid primary key default gen_random_uuid(),
  client_id uuid not null references clients on delete cascade,
  conversation_id uuid not null references conversations on delete cascade,
  -- asking: a model is to be asked. sending: the words are there. The others are ends.
  state text not null default 'asking' check (state in ('asking', 'sending', 'done', 'refused', 'failed', 'dropped')),
  -- Part of the call's idempotency key: grows only where the call before it is known to give no answer any more.
  attempt integer not null default 1,
  -- How often it could not go on.
  tries integer not null default 0,
  -- What the model is asked, so that asking again is the same call. Taken away with the answer.
  prompt jsonb,
  call_id uuid,
  total_tokens bigint not null default 0,
  error_code text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
-- The next is begun when this one has ended: answers keep their order.
create unique index whatsapp_answers_open on whatsapp_answers (conversation_id) where state in ('asking', 'sending');
create index whatsapp_answers_conversation on whatsapp_answers (conversation_id, created_at);
create index whatsapp_answers_client on whatsapp_answers (client_id, created_at);
create trigger touch_updated_at before update on whatsapp_answers for each row execute function catraca_touch_updated_at();
select catraca_secure('whatsapp_answers');

alter table messages
  -- The order of arrival.
  add column seq bigint generated always as identity,
  add column answer_id uuid references whatsapp_answers on delete set null,
  -- Of an answer of several messages, from 1.
  add column part integer,
  add column needs_answer boolean not null default false,
  add column reply_to text,
  -- Id, type and name of a file at Meta; never the file.
  add column media jsonb,
  add column details jsonb,
  add column error jsonb,
  add column status_at timestamptz;
create index messages_pending on messages (conversation_id) where needs_answer;
create index messages_answer on messages (answer_id, part);
create index messages_order on messages (conversation_id, seq);

-- A status only ever moves up. What was delivered has not failed.
create function whatsapp_status_rank(p_status text) returns integer
language sql
immutable
as $$ select coalesce(array_position(array['pending', 'sending', 'sent', 'failed', 'delivered', 'read'], p_status), 0) $$;

-- A delivery of Meta's, all of it or nothing: each message once by its wamid, and with it the job that answers it. Answers how many
-- messages were new; null where there is no such channel.
create function whatsapp_receive(p_channel uuid, p_messages jsonb, p_statuses jsonb) returns integer
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
  select * into v_channel from whatsapp_channels where id = p_channel and is_active;
  if not found then
    return null;
  end if;
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

-- One job a conversation, one at a time, and the pause begins anew with each message. Who never stops typing is answered after five pauses.
create function whatsapp_queue_answer(p_conversation uuid, p_is_simulated boolean, p_pause_ms integer) returns void
language plpgsql
as $$
begin
  perform graphile_worker.add_job(
    case when p_is_simulated then 'whatsapp_answer_simulated' else 'whatsapp_answer' end,
    json_build_object('conversation_id', p_conversation),
    queue_name => 'whatsapp:' || p_conversation,
    run_at => least(
      now() + make_interval(secs => p_pause_ms / 1000.0),
      (select min(created_at) from messages where conversation_id = p_conversation and needs_answer) + make_interval(secs => p_pause_ms / 200.0)
    ),
    job_key => 'whatsapp:' || p_conversation,
    priority => 10
  );
end
$$;

-- The answer that is under way, or a new one to all that has waited its pause. None where a human answers.
create function whatsapp_open_answer(p_conversation uuid, p_pause_ms integer) returns setof whatsapp_answers
language plpgsql
as $$
declare
  v_conversation conversations;
  v_answer whatsapp_answers;
begin
  select * into v_conversation from conversations where id = p_conversation for no key update;
  if not found then
    return;
  end if;
  if v_conversation.status = 'human' then
    update whatsapp_answers set state = 'dropped', prompt = null where conversation_id = p_conversation and state in ('asking', 'sending');
    update messages set needs_answer = false where conversation_id = p_conversation and needs_answer;
    return;
  end if;
  select * into v_answer from whatsapp_answers where conversation_id = p_conversation and state in ('asking', 'sending');
  if not found then
    if not exists (
      select 1 from messages where conversation_id = p_conversation and needs_answer
      having max(created_at) + make_interval(secs => p_pause_ms / 1000.0) <= now()
        or min(created_at) + make_interval(secs => p_pause_ms / 200.0) <= now()
    ) then
      return;
    end if;
    insert into whatsapp_answers (client_id, conversation_id) values (v_conversation.client_id, p_conversation) returning * into v_answer;
    update messages set answer_id = v_answer.id, needs_answer = false where conversation_id = p_conversation and needs_answer;
  end if;
  return next v_answer;
end
$$;

-- A process that was killed leaves its jobs locked for four hours. Whose conversation nobody leases any more is given to others.
create function whatsapp_rescue(p_lease_ms double precision) returns integer
language plpgsql
as $$
declare
  v_dead text[];
begin
  select array_agg(distinct j.locked_by) into v_dead
  from graphile_worker.jobs j
  left join conversations c on j.queue_name = 'whatsapp:' || c.id
  where j.task_identifier in ('whatsapp_answer', 'whatsapp_answer_simulated')
    and j.locked_at < now() - make_interval(secs => p_lease_ms / 1000)
    -- Between a lease's end and its job's a process is alive: as much is left to it.
    and (c.leased_until is null or c.leased_until < now() - make_interval(secs => least(p_lease_ms, 5000) / 1000));
  if v_dead is null then
    return 0;
  end if;
  perform graphile_worker.force_unlock_workers(v_dead);
  return cardinality(v_dead);
end
$$;

-- All that is stored of a contact of this client's.
create function whatsapp_export_contact(p_client uuid, p_phone text) returns jsonb
language sql
stable
as $$
  select jsonb_build_object(
    'phone', p_phone,
    'conversations', coalesce((
      select jsonb_agg(jsonb_build_object('id', c.id, 'status', c.status, 'created_at', c.created_at, 'last_message_at', c.last_message_at,
        'messages', coalesce((
          select jsonb_agg(jsonb_build_object('direction', m.direction, 'kind', m.kind, 'body', m.body, 'media', m.media, 'details', m.details,
            'status', m.status, 'wamid', m.wamid, 'sent_at', m.sent_at, 'created_at', m.created_at) order by m.seq)
          from messages m where m.conversation_id = c.id), '[]')) order by c.created_at)
      from conversations c where c.client_id = p_client and c.phone = p_phone), '[]'),
    'calls', coalesce((
      select jsonb_agg(jsonb_build_object('call_id', l.call_id, 'created_at', l.created_at, 'model', l.model_name, 'kind', l.api_type,
        'total_tokens', l.total_tokens) order by l.created_at)
      from gateway_usage_logs l where l.client_id = p_client and l.phone = p_phone), '[]'))
$$;

-- Takes a contact out of everything. Rows of usage stay, because budgets and statements are their sum, without phone and conversation; so do
-- months that were put away, and what the ledger keeps beside them.
create function whatsapp_erase_contact(p_client uuid, p_phone text) returns jsonb
language plpgsql
as $$
declare
  v_messages integer;
  v_conversations integer;
  v_calls integer;
  v_month regclass;
  v_rows integer;
begin
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
  update call_admissions set estimate = estimate - 'phone' - 'conversation_id' where client_id = p_client and estimate ->> 'phone' = p_phone;
  update budget_adjustments set truth = truth - 'phone' - 'conversation_id'
  where truth ->> 'client_id' = p_client::text and truth ->> 'phone' = p_phone;
  update usage_dead_letters set record = record - 'phone' - 'conversation_id'
  where record ->> 'client_id' = p_client::text and record ->> 'phone' = p_phone;
  update whatsapp_channels set admin_phones = array_remove(admin_phones, p_phone) where client_id = p_client and p_phone = any (admin_phones);
  delete from conversations where client_id = p_client and phone = p_phone;
  get diagnostics v_conversations = row_count;
  return jsonb_build_object('conversations', v_conversations, 'messages', v_messages, 'calls', v_calls);
end
$$;

-- Deletes what is older than its client keeps it, and conversations of which nothing is left.
create function whatsapp_forget_old() returns integer
language plpgsql
as $$
declare
  v_messages integer;
begin
  delete from messages m using clients c
  where c.id = m.client_id and m.created_at < now() - make_interval(days => c.message_retention_days);
  get diagnostics v_messages = row_count;
  delete from whatsapp_answers a using clients c
  where c.id = a.client_id and a.created_at < now() - make_interval(days => c.message_retention_days) and a.state not in ('asking', 'sending');
  delete from conversations v using clients c
  where c.id = v.client_id and v.last_message_at < now() - make_interval(days => c.message_retention_days)
    and not exists (select 1 from messages m where m.conversation_id = v.id);
  return v_messages;
end
$$;

do $$
declare
  target regprocedure;
begin
  for target in select oid from pg_proc where pronamespace = 'public'::regnamespace and proname like 'whatsapp\_%' loop
    execute format('revoke execute on function %s from public, anon, authenticated', target);
    execute format('grant execute on function %s to catraca_gateway', target);
  end loop;
end
$$;
