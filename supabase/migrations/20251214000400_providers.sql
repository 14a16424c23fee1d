-- Providers that the operator adds: any server that speaks OpenAI's chat completions, and any provider package of the AI SDK. Whoever can
-- write here says where prompts and keys go, so nobody but the owner can. See docs/providers.md.
create table providers (
  id uuid primary key default gen_random_uuid(),
  -- ai_models_registry.provider of its models; the built-in ones have their own settings
  name text not null unique
    constraint providers_name check (name ~ '^[a-z0-9][a-z0-9_-]{0,62}$')
    constraint providers_name_is_free check (name not in ('openai', 'groq', 'anthropic', 'google', 'vercel', 'gateway')),
  display_name text not null constraint providers_display_name check (display_name ~ '^[^[:cntrl:]]{1,100}$'),
  kind text not null default 'openai-compatible' constraint providers_kind check (kind in ('openai-compatible', 'ai-sdk')),
  -- what the paths of its API are appended to, as in https://api.mistral.ai/v1: no user, no query
  base_url text not null constraint providers_base_url check (base_url ~ '^https?://[^[:space:][:cntrl:]/?#@\\]+(/[^[:space:][:cntrl:]?#\\]*)?$'),
  -- without TLS, and then to a loopback or private host only
  allow_http boolean not null default false,
  constraint providers_https check (allow_http or base_url ~ '^https://'),
  -- in vault.secrets; null sends no key
  api_key_secret_id uuid,
  -- "Authorization: Bearer …", or the header "api-key" (Azure)
  auth text not null default 'bearer' constraint providers_auth check (auth in ('bearer', 'api-key')),
  -- of every request, such as {"api-version": "preview"}; nothing here is a secret
  query jsonb not null default '{}' constraint providers_query check (
    jsonb_typeof(query) = 'object'
    and not jsonb_path_exists(query, '$.keyvalue() ? (!(@.key like_regex "^[A-Za-z0-9_.-]{1,64}$") || @.key like_regex "key|token|secret|sig|password|auth" flag "i")')
    and not jsonb_path_exists(query, '$.keyvalue() ? (@.value.type() != "string" || !(@.value like_regex "^[ -~]{1,200}$"))')
  ),
  -- who is calling, where a provider wants to know; keys have their own column
  headers jsonb not null default '{}' constraint providers_headers check (
    jsonb_typeof(headers) = 'object'
    and not jsonb_path_exists(headers, '$.keyvalue() ? (!(@.key like_regex "^(http-referer|x-title|openai-organization|openai-project|x-goog-user-project)$"))')
    and not jsonb_path_exists(headers, '$.keyvalue() ? (@.value.type() != "string" || !(@.value like_regex "^[ -~]{1,200}$"))')
  ),
  limit_field text not null default 'max_tokens'
    constraint providers_limit_field check (limit_field in ('max_tokens', 'max_completion_tokens')),
  -- false where stream_options is refused; usage is read wherever it comes
  supports_stream_usage boolean not null default true,
  -- what a good key may ask and a bad one may not, for nothing
  probe_path text not null default '/models' constraint providers_probe_path check (probe_path ~ '^/[A-Za-z0-9/_.-]{0,100}$'),
  -- of kind ai-sdk: the npm package, the function of it that makes the provider, and what that is called with besides key and base URL
  package text constraint providers_package check (package ~ '^(@[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*$'),
  export_name text constraint providers_export_name check (export_name ~ '^create[A-Za-z0-9]{1,60}$'),
  options jsonb not null default '{}' constraint providers_options check (
    jsonb_typeof(options) = 'object'
    and not jsonb_path_exists(options, '$.keyvalue() ? (!(@.key like_regex "^[a-z][A-Za-z0-9]{0,63}$") || @.key like_regex "key|token|secret|password|auth|credential|^fetch$|^headers$|^baseUrl$" flag "i")')
    and not jsonb_path_exists(options, '$.keyvalue() ? (@.value.type() != "string")')
  ),
  constraint providers_package_of_kind check ((kind = 'ai-sdk') = (package is not null and export_name is not null)),
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on table providers is 'Providers that the operator added; their models are rows of ai_models_registry. A change is in force within a second.';
create trigger touch_updated_at before update on providers for each row execute function catraca_touch_updated_at();
create trigger note_change after insert or update or delete on providers for each statement execute function catraca_note_change();
create trigger audit after insert or update or delete on providers for each row execute function catraca_audit();
select catraca_secure('providers');
-- The gateway reads it. Where its own login is not the owner's, a gateway that was taken over cannot send keys elsewhere.
revoke insert, update, delete on providers from catraca_gateway;
