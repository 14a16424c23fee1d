-- One row for each Idempotency-Key that a client has used within 24 hours, so that a repeat gets the first call's answer and is never
-- billed again. The key itself is not here, and the answer's body is sealed with a key that only the key and the request together give.
create table idempotency_keys (
  client_id uuid not null references clients (id) on delete cascade,
  key_hash bytea not null check (octet_length(key_hash) = 32),
  -- Of the request under this key: another one is refused.
  request_hash bytea not null check (octet_length(request_hash) = 32),
  call_id uuid not null,
  state text not null default 'running' check (state in ('running', 'done')),
  -- Renewed by the process that runs the call. One that is over says that the process died or is cut off.
  lease_until timestamptz not null,
  status smallint,
  headers jsonb,
  -- Null in a row that is done: the answer was not kept.
  body bytea,
  -- The answer broke off after its body, and so does a repeat.
  is_cut boolean not null default false,
  created_at timestamptz not null default now(),
  primary key (client_id, key_hash),
  check (state = 'running' or body is null or (status is not null and headers is not null))
);
-- What is sealed does not get smaller.
alter table idempotency_keys alter column body set storage external;
create index idempotency_keys_created on idempotency_keys (created_at);
select catraca_secure('idempotency_keys');
