-- Clients, their keys, and the log of who changed what.
create function catraca_check_time_zone() returns trigger
language plpgsql
as $$
begin
  perform now() at time zone new.time_zone;
  return new;
exception
  when invalid_parameter_value then
    raise exception 'unknown time zone "%": use an IANA name such as America/Sao_Paulo', new.time_zone using errcode = '22023';
end
$$;

create table clients (
  id uuid primary key default gen_random_uuid(),
  name text not null check (name <> ''),
  slug text not null unique check (slug ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
  plan text not null default 'free',
  status text not null default 'active' check (status in ('active', 'suspended')),
  use_ai_gateway boolean not null default false,
  time_zone text not null default 'America/Sao_Paulo',
  locale text not null default 'pt-BR' check (locale in ('pt-BR', 'en')),
  primary_model text not null default 'openai/gpt-4o-mini',
  fallback_chain jsonb check (fallback_chain is null or jsonb_typeof(fallback_chain) = 'array'),
  -- What is reserved as output when the caller names no limit; null takes the model's own default.
  default_max_output_tokens integer check (default_max_output_tokens > 0),
  -- An expired hold was most probably billed by the provider. Charging it is the only choice that keeps a hard cap hard.
  expired_holds text not null default 'charge' check (expired_holds in ('charge', 'release')),
  system_prompt text,
  notification_email text,
  notification_webhook_url text,
  notification_whatsapp text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create trigger check_time_zone before insert or update of time_zone on clients for each row execute function catraca_check_time_zone();
create trigger touch_updated_at before update on clients for each row execute function catraca_touch_updated_at();
create trigger note_change after insert or update or delete on clients for each statement execute function catraca_note_change();
select catraca_secure('clients');

create table client_api_keys (
  id uuid primary key default gen_random_uuid(),
  client_id uuid not null references clients on delete cascade,
  name text not null check (name <> ''),
  prefix text not null,
  hash bytea not null unique check (octet_length(hash) = 32),
  allowed_models text[],
  requests_per_minute integer check (requests_per_minute > 0),
  tokens_per_minute integer check (tokens_per_minute > 0),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  created_at timestamptz not null default now()
);
comment on column client_api_keys.hash is 'SHA-256 of the whole key, which holds 256 random bits';
create index client_api_keys_client_id on client_api_keys (client_id);
-- Not on last_used_at, which moves all the time and changes nothing that a replica remembers.
create trigger note_change after insert or delete or update of allowed_models, requests_per_minute, tokens_per_minute, expires_at, revoked_at
  on client_api_keys for each statement execute function catraca_note_change();
select catraca_secure('client_api_keys');

create table audit_log (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor text not null,
  action text not null,
  table_name text not null,
  row_id text not null,
  before jsonb,
  after jsonb
);
create index audit_log_row on audit_log (table_name, row_id, at desc);
select catraca_secure('audit_log');

-- The actor is who the application says (`set local catraca.actor`), else the database role.
create function catraca_audit() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, public
as $$
declare
  v_before jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) - 'hash' end;
  v_after jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) - 'hash' end;
begin
  if v_before is not distinct from v_after then
    return null;
  end if;
  insert into public.audit_log (actor, action, table_name, row_id, before, after)
  values (
    coalesce(nullif(current_setting('catraca.actor', true), ''), session_user),
    lower(tg_op), tg_table_name, coalesce(v_after ->> 'id', v_before ->> 'id', ''), v_before, v_after
  );
  return null;
end
$$;
revoke execute on function catraca_audit() from public, anon, authenticated;
create trigger audit after insert or update or delete on clients for each row execute function catraca_audit();
create trigger audit after insert or delete or update of name, allowed_models, requests_per_minute, tokens_per_minute, expires_at, revoked_at
  on client_api_keys for each row execute function catraca_audit();
