-- Who may see the dashboard or a client's portal, and their sessions. better-auth reads and writes auth_users, auth_sessions, auth_accounts,
-- auth_verifications and auth_two_factors (src/accounts/create-auth.ts); nobody signs up by themselves.

create table auth_users (
  id uuid primary key default gen_random_uuid(),
  name text not null constraint name_is_said check (trim(name) <> '' and length(name) <= 200),
  email text not null unique constraint email_is_lower_case check (email = lower(email) and email like '%_@_%'),
  email_verified boolean not null default false,
  image text,
  -- viewer reads what admin changes; client sees one client's own figures.
  role text not null constraint role_is_known check (role in ('admin', 'viewer', 'client')),
  client_id uuid references clients on delete cascade,
  two_factor_enabled boolean not null default false,
  disabled_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint only_client_users_have_a_client check ((role = 'client') = (client_id is not null))
);
create index auth_users_client on auth_users (client_id);
create trigger audit after insert or delete or update of email, role, client_id, disabled_at on auth_users
  for each row execute function catraca_audit();

-- The cookie is the token with a signature; the key of the signature is in the vault, so the token alone opens nothing.
create table auth_sessions (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth_users on delete cascade,
  token text not null unique,
  expires_at timestamptz not null,
  ip_address text,
  user_agent text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index auth_sessions_user on auth_sessions (user_id);

-- Passwords, as scrypt leaves them. The columns for other ways to log in are better-auth's and stay empty.
create table auth_accounts (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth_users on delete cascade,
  account_id text not null,
  provider_id text not null,
  password text,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (provider_id, account_id)
);
create index auth_accounts_user on auth_accounts (user_id);

-- Log-ins that wait for their second factor, and links for a new password. The identifier is a hash.
create table auth_verifications (
  id uuid primary key default gen_random_uuid(),
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index auth_verifications_identifier on auth_verifications (identifier);
create index auth_verifications_value on auth_verifications (value);

-- Secret and backup codes are sealed with a key that is in the vault.
create table auth_two_factors (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null unique references auth_users on delete cascade,
  secret text not null,
  backup_codes text not null,
  verified boolean default true,
  failed_verification_count integer default 0,
  locked_until timestamptz
);

-- Links that make a user. One without an e-mail is the set-up link: whoever holds it becomes the first admin.
create table auth_invitations (
  id uuid primary key default gen_random_uuid(),
  hash bytea not null unique,
  email text constraint email_is_lower_case check (email = lower(email) and email like '%_@_%'),
  role text not null constraint role_is_known check (role in ('admin', 'viewer', 'client')),
  client_id uuid references clients on delete cascade,
  invited_by text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  revoked_at timestamptz,
  constraint only_client_users_have_a_client check ((role = 'client') = (client_id is not null)),
  constraint set_up_makes_an_admin check (email is not null or role = 'admin')
);
create unique index auth_invitations_open on auth_invitations (coalesce(email, '')) where used_at is null and revoked_at is null;

-- The tries of the last minutes: of one address, or to get into one account.
create table auth_rate_limits (
  key text primary key,
  tries timestamptz[] not null,
  last_try_at timestamptz not null
);
create index auth_rate_limits_age on auth_rate_limits (last_try_at);

do $$
declare
  target text;
begin
  foreach target in array array['auth_users', 'auth_sessions', 'auth_accounts', 'auth_verifications', 'auth_two_factors', 'auth_invitations',
    'auth_rate_limits']
  loop
    perform catraca_secure(target::regclass);
    -- Calls need no accounts, so the role that serves them may not see any.
    execute format('drop policy catraca_gateway_all on %I', target);
    execute format('revoke all on %I from catraca_gateway', target);
  end loop;
end
$$;

-- Takes one try of each key, or of none where one of them has had p_most within p_window. Answers the seconds to wait, 0 where it was taken.
-- Taken before the password is looked at: tries that come at once are counted as well.
create function auth_take_try(p_keys text[], p_most integer, p_window interval) returns double precision
language plpgsql
as $$
declare
  v_now timestamptz := clock_timestamp();
  v_key text;
  v_tries timestamptz[];
  v_wait double precision := 0;
begin
  delete from auth_rate_limits where key in (
    select key from auth_rate_limits where last_try_at < v_now - p_window and key <> all (p_keys) limit 100 for update skip locked);
  -- In one order, so that two never wait for each other.
  for v_key in select distinct k from unnest(p_keys) as k order by k loop
    insert into auth_rate_limits as l (key, tries, last_try_at) values (v_key, '{}', v_now)
    on conflict (key) do update set key = l.key returning tries into v_tries;
    v_tries := array(select t from unnest(v_tries) as t where t > v_now - p_window order by t);
    if cardinality(v_tries) >= p_most then
      v_wait := greatest(v_wait, extract(epoch from v_tries[cardinality(v_tries) - p_most + 1] + p_window - v_now));
    end if;
  end loop;
  if v_wait = 0 then
    update auth_rate_limits set tries = array(select t from unnest(tries) as t where t > v_now - p_window order by t) || v_now, last_try_at = v_now
    where key = any (p_keys);
  end if;
  return v_wait;
end
$$;
revoke execute on function auth_take_try(text[], integer, interval) from public, anon, authenticated;
