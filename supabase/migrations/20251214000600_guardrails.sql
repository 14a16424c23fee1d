-- What the gateway looks at before a client's call goes anywhere. A client without a row is not looked at.
create table client_guardrails (
  client_id uuid primary key references clients on delete cascade,
  -- Personal data that is masked in prompts: any of cpf, cnpj, card, phone.
  mask_pii text[] not null default '{}' constraint mask_pii_is_known check (mask_pii <@ array['cpf', 'cnpj', 'card', 'phone']),
  -- About four bytes of text a token.
  max_input_tokens integer constraint max_input_tokens_is_positive check (max_input_tokens > 0),
  -- Model identifiers; null allows every model. A key's own list narrows it further.
  allowed_models text[],
  -- Words and phrases; case and accents do not matter.
  blocked_terms text[] not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create trigger touch_updated_at before update on client_guardrails for each row execute function catraca_touch_updated_at();
create trigger note_change after insert or update or delete on client_guardrails for each statement execute function catraca_note_change();
create trigger audit after insert or update or delete on client_guardrails for each row execute function catraca_audit();
select catraca_secure('client_guardrails');
