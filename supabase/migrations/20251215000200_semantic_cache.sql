-- Answers that are given again to requests that mean the same. Each client's own wish. Why in this form: docs/decisions/0024.

-- A client without a row is answered by exactly the same request only.
create table client_semantic_cache (
  client_id uuid primary key references clients on delete cascade,
  -- Identifier of the embeddings model that says what is near.
  model text not null check (model <> ''),
  -- Cosine similarity from which on two messages mean the same; below a half nothing does.
  similarity double precision not null constraint similarity_is_a_nearness check (similarity >= 0.5 and similarity <= 1),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create trigger touch_updated_at before update on client_semantic_cache for each row execute function catraca_touch_updated_at();
create trigger note_change after insert or update or delete on client_semantic_cache for each statement execute function catraca_note_change();
create trigger audit after insert or update or delete on client_semantic_cache for each row execute function catraca_audit();
select catraca_secure('client_semantic_cache');

-- `bytes` counts what an answer takes with its vector, so that the bounds hold for both.
alter table response_cache
  drop column bytes,
  -- Everything that must be the same for an answer to be taken by meaning: all of the request but the last message's text.
  add column room_hash bytea check (octet_length(room_hash) = 32),
  -- What opens the answer, sealed for whoever has the same room.
  add column sealed_hash bytea,
  -- Turned by a key that the database does not have; the angles between the vectors of a room stay. No type of pgvector: the table must
  -- be the same without it.
  add column embedding real[],
  add column bytes integer generated always as (octet_length(sealed) + 4 * coalesce(cardinality(embedding), 0)) stored,
  add constraint response_cache_meaning check (num_nulls(room_hash, sealed_hash, embedding) in (0, 3)),
  alter column embedding set storage external;
create index response_cache_room on response_cache (client_id, room_hash, created_at) where room_hash is not null;

-- The nearest of the newest 1,000 answers of a room, looked through one by one: exact, without an index to keep, and by the index
-- response_cache_room never more than these. The text is put together with the schema of pgvector, which differs from place to place.
create function semantic_cache_nearest(
  p_client_id uuid, p_room_hash bytea, p_embedding real[], p_similarity double precision, p_max_age_ms double precision
) returns table (sealed bytea, sealed_hash bytea, age_ms double precision, similarity double precision)
language plpgsql
stable
as $$
declare
  v_schema text := (select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'vector');
begin
  if v_schema is null then
    raise exception 'the extension vector (pgvector) is not installed in this database' using errcode = 'feature_not_supported';
  end if;
  return query execute format($query$
    select near.sealed, near.sealed_hash, (extract(epoch from now() - near.created_at) * 1000)::float8, near.similarity
    from (
      select c.*, (1 - (c.embedding::%1$I.vector operator(%1$I.<=>) $3::%1$I.vector))::float8 as similarity
      from (
        select r.sealed, r.sealed_hash, r.embedding, r.created_at
        from response_cache r
        where r.client_id = $1 and r.room_hash = $2 and r.created_at > now() - $5 * interval '1 ms'
        order by r.created_at desc
        limit 1000
      ) c
    ) near
    -- Not a number is greater than any: the upper end keeps it out.
    where near.similarity between $4 and 1.001
    order by near.similarity desc
    limit 1
  $query$, v_schema) using p_client_id, p_room_hash, p_embedding, p_similarity, p_max_age_ms;
end
$$;
revoke execute on function semantic_cache_nearest(uuid, bytea, real[], double precision, double precision) from public, anon, authenticated;
grant execute on function semantic_cache_nearest(uuid, bytea, real[], double precision, double precision) to catraca_gateway;

-- The embeddings that the cache asks for are calls of their own.
alter table gateway_usage_logs
  drop constraint gateway_usage_logs_source_check,
  add constraint gateway_usage_logs_source_check check (source in ('api', 'library', 'whatsapp', 'test', 'cache', 'guardrail'));
-- Months that were put away take late rows too.
do $$
declare
  v_month regclass;
begin
  for v_month in
    select c.oid from pg_class c
    where c.relnamespace = 'catraca_archive'::regnamespace and c.relkind = 'r' and c.relname like 'gateway\_usage\_logs\_%'
  loop
    execute format('alter table %s drop constraint if exists gateway_usage_logs_source_check', v_month);
    execute format('alter table %s add constraint gateway_usage_logs_source_check check (source in (''api'', ''library'', ''whatsapp'', ''test'', ''cache'', ''guardrail''))', v_month);
  end loop;
end
$$;
