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

-- As it was, but for the contacts.
create or replace function ledger_settle(p_records jsonb) returns jsonb
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
  v_ids uuid[] := array(select distinct (r ->> 'call_id')::uuid from jsonb_array_elements(p_records) r);
  v_admitted uuid[];
  v_moves ledger_move[];
  v_unplaced ledger_move[];
  v_late ledger_move[] := '{}';
  v_inserted uuid[];
  v_adjusted integer := 0;
begin
  -- Whoever settles or expires the same calls at this moment waits here, in one order.
  v_admitted := array(select call_id from call_admissions where call_id = any (v_ids) order by call_id for update);
  if jsonb_path_exists(p_records, '$[*].unadmitted ? (@ == true)') then
    p_records := ledger_place_unadmitted(p_records);
  end if;
  if jsonb_path_exists(p_records, '$[*].phone') then
    -- Whoever erases a contact waits for the batches that have looked, and the others wait for it. After the admissions, as there.
    perform pg_advisory_xact_lock_shared(ledger_erasing_lock());
    p_records := ledger_without_erased(p_records);
  end if;

  select coalesce(array_agg(m), '{}') into v_moves
  from (
    -- A reserve whose reply was given up may commit at this very moment: a hold that comes later than this stays whole, with what it
    -- reserves, until somebody frees it.
    select (h.call_id, h.budget_id, h.period_start, h.amount)::ledger_move as m from budget_holds h where h.call_id = any (v_admitted)
    union all
    select (r.call_id, b.id, budget_period_start(b.budget_period, b.time_zone, r.created_at), null)::ledger_move
    from jsonb_to_recordset(p_records) as r(call_id uuid, client_id uuid, created_at timestamptz, unadmitted boolean)
    join effective_budgets b on b.client_id = r.client_id
    where r.unadmitted and not exists (select 1 from budget_holds h where h.call_id = r.call_id and h.call_id = any (v_admitted))
  ) as moves;
  v_unplaced := array(select m from unnest(v_moves) m where m.held is null);
  if cardinality(v_unplaced) > 0 then
    perform ledger_make_periods(array(select m.budget_id from unnest(v_unplaced) m), array(select m.period_start from unnest(v_unplaced) m));
  end if;

  -- The same order as in ledger_reserve, so that batches of many clients never wait for each other in a ring: also the periods that only
  -- late truth moves, in ledger_adjust. Budgets before their periods, because so does who deletes one.
  if cardinality(v_admitted) < cardinality(v_ids) then
    v_late := ledger_late_moves(array(select unnest(v_ids) except select unnest(v_admitted)));
  end if;
  perform 1 from budgets where id in (select m.budget_id from unnest(v_moves || v_late) m) order by id for key share;
  perform 1 from budget_periods p
  where (p.budget_id, p.period_start) in (select m.budget_id, m.period_start from unnest(v_moves || v_late) m)
  order by p.budget_id, p.period_start
  for no key update;

  with incoming as (
    -- A void record and a real one of the same call can meet here, after a lost reply: the real one counts.
    select distinct on (r.call_id) r.* from jsonb_populate_recordset(null::gateway_usage_logs, p_records) r
    order by r.call_id, r.status is null
  ), amounts as (
    select m.call_id, m.budget_id, m.period_start, m.held, b.pause_at_limit,
      ledger_row_amount(b.budget_type, r.total_tokens, r.cost_usd, r.cost_brl) as amount
    from unnest(v_moves) m join budgets b on b.id = m.budget_id join incoming r on r.call_id = m.call_id
  ), charges as (
    select a.call_id, bool_or(a.pause_at_limit and a.amount > a.held) as over_hold,
      jsonb_agg(jsonb_build_object('budget_id', a.budget_id, 'period_start', a.period_start, 'amount', a.amount)) as charges
    from amounts a group by 1
  ), inserted as (
    insert into gateway_usage_logs (call_id, client_id, request_id, conversation_id, phone, source, api_type, provider, model_name, via,
      requested_model, input_tokens, output_tokens, cached_tokens, cache_write_tokens, reasoning_tokens, total_tokens, units, latency_ms, first_token_ms,
      was_cached, was_fallback, fallback_reason, attempts, cost_usd, cost_brl, usd_brl_rate, rate_source, rate_at, price_id, status,
      error_code, flags, charges, created_at, saved_usd, saved_brl)
    select r.call_id, r.client_id, r.request_id, r.conversation_id, r.phone, r.source, r.api_type, r.provider, r.model_name, r.via,
      r.requested_model, r.input_tokens, r.output_tokens, r.cached_tokens, r.cache_write_tokens, r.reasoning_tokens, r.total_tokens, r.units, r.latency_ms,
      r.first_token_ms, r.was_cached, r.was_fallback, r.fallback_reason, r.attempts, r.cost_usd, r.cost_brl, r.usd_brl_rate,
      r.rate_source, r.rate_at, r.price_id, r.status, r.error_code,
      r.flags || case when c.over_hold then array['over_hold'] else '{}' end, coalesce(c.charges, '[]'), r.created_at,
      r.saved_usd, r.saved_brl
    from incoming r left join charges c on c.call_id = r.call_id
    where r.status is not null
    on conflict (call_id, created_at) do nothing
    returning call_id
  ), moved as (
    select a.budget_id, a.period_start, sum(coalesce(a.held, 0)) as released, coalesce(sum(a.amount) filter (where i.call_id is not null), 0) as used
    from amounts a left join inserted i on i.call_id = a.call_id group by 1, 2
  ), updated as (
    update budget_periods p set used = p.used + m.used, reserved = p.reserved - m.released
    from moved m where p.budget_id = m.budget_id and p.period_start = m.period_start
  )
  select array(select call_id from inserted) into v_inserted;

  delete from budget_holds where call_id = any (v_admitted);
  delete from call_admissions where call_id = any (v_admitted);

  if cardinality(v_inserted) < cardinality(v_ids) then
    v_adjusted := ledger_adjust(p_records, array(select unnest(v_ids) except select unnest(v_inserted)));
  end if;
  return jsonb_build_object('inserted', cardinality(v_inserted), 'adjusted', v_adjusted, 'alerts', ledger_alert(v_moves));
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
