-- Moderation as a guardrail: a model that is asked about what a client's users say before anything else is. A row of its own tells of it.
alter table client_guardrails
  -- Identifier of a registered model for moderation; null asks nobody.
  add column moderation_model text,
  -- Those that refuse a call; null: whatever the model flags.
  add column moderation_categories text[] constraint moderation_categories_are_some check (cardinality(moderation_categories) > 0),
  -- A call that could not be judged is refused (closed), or goes on unchecked (open).
  add column moderation_fails text not null default 'closed' constraint moderation_fails_is_known check (moderation_fails in ('open', 'closed'));

comment on column gateway_usage_logs.source is 'Which door the call came in by; guardrail and cache: the gateway asked by itself, on behalf of another call.';

-- What an OpenAI-compatible provider takes besides chats, where OpenAI has it below the base URL. Most have embeddings.
alter table providers add column kinds text[] not null default '{embeddings}' constraint providers_kinds
  check (kinds <@ array['embeddings', 'transcriptions', 'translations', 'speech', 'images', 'image-edits', 'moderations']);
