-- Jobs that answer a conversation name their client, so that its slow provider cannot hold all places of answering; and a contact who asks for a
-- human does not wait for what is tried again. Why in this form: docs/decisions/0029.

create or replace function whatsapp_queue_answer(p_conversation uuid, p_is_simulated boolean, p_pause_ms integer) returns void
language plpgsql
as $$
begin
  perform graphile_worker.add_job(
    case when p_is_simulated then 'whatsapp_answer_simulated' else 'whatsapp_answer' end,
    json_build_object('conversation_id', p_conversation),
    queue_name => 'whatsapp:' || p_conversation,
    run_at => greatest(
      least(
        now() + make_interval(secs => p_pause_ms / 1000.0),
        (select min(created_at) from messages where conversation_id = p_conversation and needs_answer) + make_interval(secs => p_pause_ms / 200.0)
      ),
      (select retry_at from whatsapp_answers where conversation_id = p_conversation and state in ('asking', 'sending'))
    ),
    job_key => 'whatsapp:' || p_conversation,
    priority => 10,
    flags => (select array['client:' || client_id] from conversations where id = p_conversation)
  );
end
$$;

-- These contacts have asked for a human: what failed does not wait for its time any longer.
create function whatsapp_hurry(p_channel uuid, p_phones text[]) returns void
language plpgsql
as $$
declare
  v_waiting record;
begin
  -- In the order in which whatsapp_receive takes them.
  for v_waiting in
    select c.id, h.is_simulated, h.reply_pause_ms
    from conversations c join whatsapp_channels h on h.id = c.channel_id
    where c.channel_id = p_channel and c.phone = any (p_phones) and c.status = 'bot'
      and exists (select 1 from messages where conversation_id = c.id and needs_answer)
    order by c.phone
  loop
    update whatsapp_answers set retry_at = null where conversation_id = v_waiting.id and state in ('asking', 'sending') and retry_at is not null;
    if found then
      perform whatsapp_queue_answer(v_waiting.id, v_waiting.is_simulated, v_waiting.reply_pause_ms);
    end if;
  end loop;
end
$$;

-- What waits in a conversation joins its failing answer, and a human gets the conversation with that one's end. False where the answer has gone on.
create function whatsapp_join_answer(p_answer uuid) returns boolean
language plpgsql
as $$
declare
  v_conversation uuid;
begin
  select conversation_id into v_conversation from whatsapp_answers where id = p_answer;
  -- First, as everywhere.
  perform 1 from conversations where id = v_conversation for no key update;
  update whatsapp_answers set hands_off = true, tries = 0, retry_at = null where id = p_answer and state = 'asking';
  if not found then
    return false;
  end if;
  update messages set answer_id = p_answer, needs_answer = false where conversation_id = v_conversation and needs_answer;
  return true;
end
$$;

do $$
declare
  target regprocedure;
begin
  foreach target in array array['whatsapp_hurry(uuid, text[])', 'whatsapp_join_answer(uuid)']::regprocedure[] loop
    execute format('revoke execute on function %s from public, anon, authenticated', target);
    execute format('grant execute on function %s to catraca_gateway', target);
  end loop;
end
$$;
