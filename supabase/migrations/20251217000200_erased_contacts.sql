-- A call of a contact can wait in a spool, answered and not booked, while the contact is erased, and was then booked with the phone and the
-- conversation after all. Booking looks here now, so that an erasure also holds for what it could not see.

create table erased_contacts (
  -- Of client and phone: who was erased must not be written down in order to erase them.
  hash bytea primary key,
  client_id uuid not null references clients on delete cascade,
  erased_at timestamptz not null
);
comment on table erased_contacts is 'contacts whose calls from before are booked without phone and conversation; kept for 90 days';
create index erased_contacts_client_id on erased_contacts (client_id);
select catraca_secure('erased_contacts');

create function ledger_contact_hash(p_client text, p_phone text) returns bytea
language sql
immutable
as $$ select sha256(convert_to(p_client || ' ' || p_phone, 'UTF8')) $$;

-- What batches with phones and whoever erases a contact take turns at.
create function ledger_erasing_lock() returns bigint
language sql
immutable
as $$ select hashtextextended('catraca erases a contact', 0) $$;

-- The records in their order, those from before their contact was erased without phone and conversation.
create function ledger_without_erased(p_records jsonb) returns jsonb
language sql
stable
as $$
  select jsonb_agg(case when exists (
      select 1 from erased_contacts e
      where e.hash = ledger_contact_hash(r ->> 'client_id', r ->> 'phone') and (r ->> 'created_at')::timestamptz <= e.erased_at
    ) then r - 'phone' - 'conversation_id' else r end order by position)
  from jsonb_array_elements(p_records) with ordinality as a (r, position)
$$;

-- ledger_settle as it stands, with a look at who was erased. Not written out again: other migrations add columns of their own to it.
do $$
declare
  v_definition text := pg_get_functiondef('ledger_settle(jsonb)'::regprocedure);
  v_place text := '    p_records := ledger_place_unadmitted(p_records);
  end if;
';
begin
  if (length(v_definition) - length(replace(v_definition, v_place, ''))) / length(v_place) <> 1 then
    raise exception 'ledger_settle has no place for erased contacts: "%" is not in it once', v_place;
  end if;
  execute replace(v_definition, v_place, v_place || '  if jsonb_path_exists(p_records, ''$[*].phone'') then
    -- Whoever erases a contact waits for the batches that have looked, and the others wait for it. After the admissions, as there.
    perform pg_advisory_xact_lock_shared(ledger_erasing_lock());
    p_records := ledger_without_erased(p_records);
  end if;
');
end
$$;

-- As it was, but for what is still to be booked.
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
  update whatsapp_channels set admin_phones = array_remove(admin_phones, p_phone) where client_id = p_client and p_phone = any (admin_phones);
  delete from conversations where client_id = p_client and phone = p_phone;
  get diagnostics v_conversations = row_count;
  return jsonb_build_object('conversations', v_conversations, 'messages', v_messages, 'calls', v_calls);
end
$$;

-- As it was, but for erased_contacts.
create or replace function whatsapp_forget_old() returns integer
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
  delete from erased_contacts where erased_at < now() - interval '90 days';
  return v_messages;
end
$$;

do $$
declare
  target regprocedure;
begin
  foreach target in array array[
    'ledger_contact_hash(text, text)', 'ledger_erasing_lock()', 'ledger_without_erased(jsonb)']::regprocedure[]
  loop
    execute format('revoke execute on function %s from public, anon, authenticated', target);
    execute format('grant execute on function %s to catraca_gateway', target);
  end loop;
end
$$;
