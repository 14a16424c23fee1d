-- What a channel's bot may do besides answering, and alerts by WhatsApp. Why in this form: docs/decisions/0031.

alter table whatsapp_channels
  -- May the model give a contact to a human, by the tool hand_off_to_human?
  add column hands_off boolean not null default false,
  -- A contact who writes one of these is given to a human without a model.
  add column hand_off_keywords text[] not null default '{}',
  -- What a contact is told then; null takes words in the client's language.
  add column hand_off_notice text check (hand_off_notice <> ''),
  -- What who sends nothing but videos is told; null takes words in the client's language.
  add column video_notice text check (video_notice <> '');

alter table whatsapp_answers
  -- With its end a human answers the conversation.
  add column hands_off boolean not null default false;

-- What a channel's model may call: addresses of the client's own system. Whoever can write here says where what contacts write is sent, so
-- nobody but the owner can.
create table whatsapp_tools (
  id uuid primary key default gen_random_uuid(),
  client_id uuid not null references clients on delete cascade,
  channel_id uuid not null references whatsapp_channels on delete cascade,
  name text not null constraint whatsapp_tools_name check (name ~ '^[a-zA-Z][a-zA-Z0-9_]{0,63}$' and name <> 'hand_off_to_human'),
  -- What the model reads of it.
  description text not null constraint whatsapp_tools_description check (length(description) between 1 and 1024),
  -- JSON Schema of its arguments.
  parameters jsonb not null constraint whatsapp_tools_parameters
    check (jsonb_typeof(parameters) = 'object' and parameters ->> 'type' = 'object' and length(parameters::text) <= 16384),
  url text not null constraint whatsapp_tools_url check (length(url) between 1 and 2000 and url !~ '[[:cntrl:]]'),
  -- In vault.secrets: what its calls are signed with.
  secret_id uuid not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (channel_id, name)
);
create index whatsapp_tools_client_id on whatsapp_tools (client_id);
comment on table whatsapp_tools is 'What the model of a WhatsApp channel may call: docs/whatsapp.md';
create trigger touch_updated_at before update on whatsapp_tools for each row execute function catraca_touch_updated_at();
create trigger audit after insert or update or delete on whatsapp_tools for each row execute function catraca_audit();
select catraca_secure('whatsapp_tools');
revoke insert, update, delete on whatsapp_tools from catraca_gateway;

alter table notification_channels
  -- Of kind whatsapp: the number that sends, and the template that it sends. Without them it fails, in words.
  add column whatsapp_channel_id uuid references whatsapp_channels on delete set null,
  add column template_name text constraint notification_channels_template_name check (length(template_name) between 1 and 512),
  add column template_language text not null default 'pt_BR'
    constraint notification_channels_template_language check (template_language ~ '^[a-zA-Z]{2,3}(_[a-zA-Z]{2,4})?$'),
  add constraint notification_channels_template check (kind = 'whatsapp' or (whatsapp_channel_id is null and template_name is null));
create index notification_channels_whatsapp_channel_id on notification_channels (whatsapp_channel_id);
drop trigger touch_updated_at on notification_channels;
create trigger touch_updated_at
  before update of address, secret_id, alert_kinds, locale, is_active, whatsapp_channel_id, template_name, template_language
  on notification_channels for each row execute function catraca_touch_updated_at();
drop trigger audit on notification_channels;
create trigger audit
  after insert or delete or update of address, secret_id, alert_kinds, locale, is_active, whatsapp_channel_id, template_name, template_language
  on notification_channels for each row execute function catraca_audit();
