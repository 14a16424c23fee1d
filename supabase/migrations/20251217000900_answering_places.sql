-- Jobs that answer a conversation name their client, so that its slow provider cannot hold all places of answering. Why in this form: docs/decisions/0029.

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
