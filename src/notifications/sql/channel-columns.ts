import type { Channel } from '../channel.ts'

/** A row of `notification_channels` with its client, as the database has it. */
export interface ChannelRow {
  id: string
  client_id: string | null
  slug: string | null
  client_locale: 'pt-BR' | 'en' | null
  kind: Channel['kind']
  address: string
  secret_id: string | null
  whatsapp_channel_id: string | null
  template_name: string | null
  template_language: string
  alert_kinds: Channel['alertKinds']
  locale: Channel['locale']
  is_active: boolean
  follows_client: boolean
  failing_since: Date | null
  last_error: string | null
  last_error_code: Channel['lastErrorCode']
  created_at: Date
}

export const channelColumns =
  'n.id, n.client_id, c.slug, c.locale as client_locale, n.kind, n.address, n.secret_id, n.whatsapp_channel_id, n.template_name, n.template_language, n.alert_kinds, n.locale, n.is_active, n.follows_client, n.failing_since, n.last_error, n.last_error_code, n.created_at'

/** Both or nothing: one of the two sends nothing. */
export function templateOf(row: Pick<ChannelRow, 'whatsapp_channel_id' | 'template_name' | 'template_language'>): Channel['template'] {
  const { whatsapp_channel_id: whatsappChannelId, template_name: name, template_language: language } = row
  return whatsappChannelId === null || name === null ? null : { whatsappChannelId, name, language }
}

export function fromRow(row: ChannelRow): Channel {
  return {
    id: row.id,
    client: row.client_id && row.slug && row.client_locale ? { id: row.client_id, slug: row.slug, locale: row.client_locale } : null,
    kind: row.kind,
    address: row.address,
    secretId: row.secret_id,
    template: templateOf(row),
    alertKinds: row.alert_kinds,
    locale: row.locale,
    isActive: row.is_active,
    followsClient: row.follows_client,
    failingSince: row.failing_since,
    lastError: row.last_error,
    lastErrorCode: row.last_error_code,
    createdAt: row.created_at,
  }
}
