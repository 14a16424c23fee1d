-- The vault. On Supabase the extension supabase_vault owns the schema `vault`, and nothing here touches it. Anywhere else this makes
-- a schema with the same names, columns and signatures, in which no plain text ever reaches the heap or the write-ahead log.
-- Why it is built this way: docs/decisions/0004-vault.md.

-- One row, outside `vault` because both kinds need it: which master key seals, a value by which a wrong one is found out at
-- start-up, and the public key with which a plain SQL session seals. None of it is secret; the gateway writes it on its first start.
create table vault_key_state (
  only_row boolean primary key default true check (only_row),
  key_id uuid not null,
  check_value text not null,
  public_key bytea not null,
  updated_at timestamptz not null default now()
);

select catraca_secure('vault_key_state');

do $migration$
declare
  pgcrypto text;
begin
  if to_regnamespace('vault') is null and exists (select from pg_available_extensions where name = 'supabase_vault') then
    -- A schema of ours would stand in the way of the extension for good.
    create extension supabase_vault cascade;
  end if;
  if to_regnamespace('vault') is not null then
    raise notice 'schema vault exists and is left as it is';
    return;
  end if;

  if not exists (select from pg_extension where extname = 'pgcrypto') then
    execute format('create extension pgcrypto schema %I', case when to_regnamespace('extensions') is null then 'public' else 'extensions' end);
  end if;
  select extnamespace::regnamespace::text into pgcrypto from pg_extension where extname = 'pgcrypto';

  create schema vault;
  comment on schema vault is 'catraca: secrets sealed with a public key; opened by the gateway, never by the database';
  revoke all on schema vault from public;

  create table vault.secrets (
    id uuid primary key default gen_random_uuid(),
    name text,
    description text not null default '',
    secret text not null,
    key_id uuid,
    nonce bytea,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  );
  create unique index secrets_name_key on vault.secrets (name) where name is not null;
  comment on column vault.secrets.secret is 'Sealed before it is stored, whatever statement writes it.';
  comment on column vault.secrets.key_id is 'The master key that opens this row, as in public.vault_key_state.';

  -- PostgreSQL writes the text of a failing statement into its log, and where the server is set to, every statement and its parameters:
  -- keys. From here to the end of the transaction it does not, where the owner of this function may say so.
  create function vault.hush_log() returns void
  language sql security definer set search_path = pg_catalog, pg_temp
  as $body$
    select set_config(parameter, value, true)
    from (values
      ('log_min_error_statement', 'panic'), ('log_statement', 'none'), ('log_min_duration_statement', '-1'),
      ('log_parameter_max_length', '0'), ('log_parameter_max_length_on_error', '0')
    ) as quiet (parameter, value)
    where has_parameter_privilege(parameter, 'set')
  $body$;

  -- BEFORE triggers see the row before the heap and the write-ahead log do: that is what makes one write enough.
  -- The id is sealed together with the value, so a row that is moved to another id does not open.
  execute format($function$
    create function vault.seal_secret() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $body$
    declare
      current_key record;
      sealed_by text;
    begin
      perform vault.hush_log();
      if tg_op = 'UPDATE' and new.secret is not distinct from old.secret then
        new.key_id := old.key_id;
        if (new.name, new.description) is distinct from (old.name, old.description) then
          new.updated_at := clock_timestamp();
        end if;
        return new;
      end if;
      if coalesce(new.secret, '') = '' then
        raise exception 'vault: a secret cannot be empty' using errcode = 'invalid_parameter_value';
      end if;
      -- FOR SHARE: a rotation of the master key either sees this row or makes this statement use the new key.
      select s.key_id, s.public_key into current_key from public.vault_key_state s for share;
      if not found then
        raise exception 'vault has no public key yet: run "npx catraca migrate" or "npm run up" once, then store the secret again'
          using errcode = 'object_not_in_prerequisite_state';
      end if;
      sealed_by := substring(new.secret from '^catraca-(?:envelope|pgp)-1:([0-9a-f-]{36}):');
      if sealed_by is null then
        new.secret := 'catraca-pgp-1:' || current_key.key_id || ':' || translate(encode(
          %1$s.pgp_pub_encrypt_bytea(convert_to(new.id || ':' || new.secret, 'UTF8'), current_key.public_key,
            'cipher-algo=aes256, compress-algo=0'), 'base64'), E'\n', '');
        if tg_op = 'UPDATE' then
          new.updated_at := clock_timestamp();
        end if;
      elsif sealed_by <> current_key.key_id::text then
        raise exception 'vault: this value is sealed with master key %%, and the current one is %%', sealed_by, current_key.key_id
          using errcode = 'object_not_in_prerequisite_state';
      end if;
      new.key_id := current_key.key_id;
      return new;
    end
    $body$
  $function$, pgcrypto);
  create trigger seal_secret before insert or update on vault.secrets for each row execute function vault.seal_secret();

  create function vault.notify_change() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $body$
  begin
    update public.catraca_changes set version = version + 1;
    perform pg_notify('catraca_changed', 'vault');
    return null;
  end
  $body$;
  create trigger notify_change after insert or update or delete or truncate on vault.secrets
    for each statement execute function vault.notify_change();

  -- A known name is a rotation: the same id from then on holds the new value. new_key_id is there for the signature only.
  create function vault.create_secret(new_secret text, new_name text default null, new_description text default '', new_key_id uuid default null)
  returns uuid
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $body$
  declare
    stored_id uuid;
  begin
    perform vault.hush_log();
    if new_name is not null then
      perform pg_advisory_xact_lock(hashtextextended('catraca vault name ' || new_name, 0));
      update vault.secrets set secret = new_secret, description = coalesce(nullif(new_description, ''), description)
      where name = new_name
      returning id into stored_id;
      if found then
        return stored_id;
      end if;
    end if;
    insert into vault.secrets (secret, name, description) values (new_secret, new_name, coalesce(new_description, ''))
    returning id into stored_id;
    return stored_id;
  end
  $body$;

  create function vault.update_secret(
    secret_id uuid, new_secret text default null, new_name text default null, new_description text default null, new_key_id uuid default null
  ) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $body$
  begin
    perform vault.hush_log();
    update vault.secrets
    set secret = coalesce(new_secret, secret), name = coalesce(new_name, name), description = coalesce(new_description, description)
    where id = secret_id;
    if not found then
      raise exception 'vault has no secret with id %', secret_id using errcode = 'no_data_found';
    end if;
  end
  $body$;

  -- What the gateway opened outside, as {"<id>": "<value>" | null}, kept until this transaction ends. Null is one that did not open.
  create function vault.unseal(opened text) returns void
  language plpgsql set search_path = pg_catalog, pg_temp
  as $body$
  begin
    perform vault.hush_log();
    begin
      if jsonb_typeof(opened::jsonb) = 'object' then
        perform set_config('catraca.unsealed_secrets', opened, true);
        return;
      end if;
    exception when others then
      null; -- The JSON parser's words quote the argument, which may be a key typed by mistake.
    end;
    raise exception 'vault.unseal takes what "npx catraca sql" opened, never a key' using errcode = 'invalid_parameter_value';
  end
  $body$;

  create function vault.require_unsealed() returns boolean
  language plpgsql stable set search_path = pg_catalog, pg_temp
  as $body$
  begin
    if coalesce(current_setting('catraca.unsealed_secrets', true), '') = '' then
      raise exception 'vault is sealed: no key is kept in the database, so read decrypted values in a session opened by "npx catraca sql"'
        using errcode = 'object_not_in_prerequisite_state';
    end if;
    return true;
  end
  $body$;

  create function vault.unsealed_value(secret_id uuid, secret_name text) returns text
  language plpgsql stable set search_path = pg_catalog, pg_temp
  as $body$
  declare
    opened jsonb := current_setting('catraca.unsealed_secrets')::jsonb;
  begin
    if not opened ? secret_id::text then
      raise exception 'vault is sealed: secret % was stored after this transaction was unsealed, so read it in the next one', secret_id
        using errcode = 'object_not_in_prerequisite_state';
    end if;
    if opened ->> secret_id::text is null then
      raise exception 'Failed to decrypt key: %', coalesce(secret_name, secret_id::text) using errcode = 'data_exception';
    end if;
    return opened ->> secret_id::text;
  end
  $body$;

  create view vault.decrypted_secrets with (security_invoker = true) as
  select s.id, s.name, s.description, s.secret, vault.unsealed_value(s.id, s.name) as decrypted_secret,
    s.key_id, s.nonce, s.created_at, s.updated_at
  from vault.secrets s
  where vault.require_unsealed();

  alter table vault.secrets enable row level security;
  create policy gateway_uses_secrets on vault.secrets to catraca_gateway using (true) with check (true);

  revoke all on all tables in schema vault from public, anon, authenticated;
  revoke all on all functions in schema vault from public, anon, authenticated;
  grant usage on schema vault to catraca_gateway;
  grant select, insert, update on vault.secrets to catraca_gateway;
  grant select on vault.decrypted_secrets to catraca_gateway;
  grant execute on all functions in schema vault to catraca_gateway;
end
$migration$;
