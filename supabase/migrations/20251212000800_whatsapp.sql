-- The WhatsApp channel's tables.
create table whatsapp_channels (
  id uuid primary key default gen_random_uuid(),
  client_id uuid not null references clients on delete cascade,
  phone_number_id text not null unique,
  display_phone_number text,
  access_token_secret_id uuid,
  app_secret_secret_id uuid,
  verify_token_secret_id uuid,
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index whatsapp_channels_client_id on whatsapp_channels (client_id);
create trigger touch_updated_at before update on whatsapp_channels for each row execute function catraca_touch_updated_at();
create trigger note_change after insert or update or delete on whatsapp_channels for each statement execute function catraca_note_change();
create trigger audit after insert or update or delete on whatsapp_channels for each row execute function catraca_audit();
select catraca_secure('whatsapp_channels');

create table conversations (
  id uuid primary key default gen_random_uuid(),
  client_id uuid not null references clients on delete cascade,
  channel_id uuid references whatsapp_channels on delete set null,
  phone text,
  status text not null default 'bot' check (status in ('bot', 'human')),
  last_message_at timestamptz,
  created_at timestamptz not null default now()
);
create unique index conversations_channel_phone on conversations (channel_id, phone);
create index conversations_client_id on conversations (client_id, last_message_at desc);
select catraca_secure('conversations');

create table messages (
  id uuid primary key default gen_random_uuid(),
  client_id uuid not null references clients on delete cascade,
  conversation_id uuid not null references conversations on delete cascade,
  wamid text unique,
  direction text not null check (direction in ('in', 'out')),
  kind text not null default 'text',
  body text,
  status text not null default 'received',
  sent_at timestamptz,
  created_at timestamptz not null default now()
);
create index messages_conversation on messages (client_id, conversation_id, created_at);
select catraca_secure('messages');
