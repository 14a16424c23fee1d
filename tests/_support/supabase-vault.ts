/** supabase_vault 0.3 with its signatures, columns, view and grants; pgcrypto stands in for its own cipher. */
export const supabaseVault = `
  create schema if not exists extensions;
  create extension if not exists pgcrypto schema extensions;
  create schema vault;
  create table vault.secrets (
    id uuid primary key default gen_random_uuid(),
    name text,
    description text not null default '',
    secret text not null,
    key_id uuid,
    nonce bytea default extensions.gen_random_bytes(16),
    created_at timestamptz not null default current_timestamp,
    updated_at timestamptz not null default current_timestamp
  );
  create unique index on vault.secrets using btree (name) where name is not null;
  create function vault.test_encrypt(value text) returns text language sql
    as $$ select encode(extensions.pgp_sym_encrypt(value, 'root key of the test'), 'base64') $$;
  create function vault.test_decrypt(value text) returns text language sql
    as $$ select extensions.pgp_sym_decrypt(decode(value, 'base64'), 'root key of the test') $$;
  create view vault.decrypted_secrets as
    select s.id, s.name, s.description, s.secret, vault.test_decrypt(s.secret) as decrypted_secret,
      s.key_id, s.nonce, s.created_at, s.updated_at
    from vault.secrets s;
  create function vault.create_secret(new_secret text, new_name text = null, new_description text = '', new_key_id uuid = null)
  returns uuid language plpgsql security definer set search_path = '' as $$
  declare rec record;
  begin
    insert into vault.secrets (secret, name, description) values (new_secret, new_name, new_description) returning * into rec;
    update vault.secrets set secret = vault.test_encrypt(rec.secret) where id = rec.id;
    return rec.id;
  end $$;
  create function vault.update_secret(
    secret_id uuid, new_secret text = null, new_name text = null, new_description text = null, new_key_id uuid = null
  ) returns void language plpgsql security definer set search_path = '' as $$
  begin
    update vault.secrets s
    set secret = case when new_secret is null then s.secret else vault.test_encrypt(new_secret) end,
      name = coalesce(new_name, s.name), description = coalesce(new_description, s.description), updated_at = now()
    where s.id = secret_id;
  end $$;
  revoke all on schema vault from public;
  revoke all on all functions in schema vault from public;`
