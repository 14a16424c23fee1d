-- A contact who kept writing while a provider was away moved the next try of the failing answer forward with each message, and so used all of its
-- tries up within a minute. When it may be tried again is now the answer's own, whatever arrives.

alter table whatsapp_answers
  -- It is not tried again before; null where nothing has failed.
  add column retry_at timestamptz;

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
    priority => 10
  );
end
$$;
