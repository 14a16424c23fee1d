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
  alert_kinds: Channel['alertKinds']
  locale: Channel['locale']
  is_active: boolean
  follows_client: boolean
  failing_since: Date | null
  last_error: string | null
  created_at: Date
}

export const channelColumns =
  'n.id, n.client_id, c.slug, c.locale as client_locale, n.kind, n.address, n.secret_id, n.alert_kinds, n.locale, n.is_active, n.follows_client, n.failing_since, n.last_error, n.created_at'

export function fromRow(row: ChannelRow): Channel {
  return {
    id: row.id,
    client: row.client_id && row.slug && row.client_locale ? { id: row.client_id, slug: row.slug, locale: row.client_locale } : null,
    kind: row.kind,
    address: row.address,
    secretId: row.secret_id,
    alertKinds: row.alert_kinds,
    locale: row.locale,
    isActive: row.is_active,
    followsClient: row.follows_client,
    failingSince: row.failing_since,
    lastError: row.last_error,
    createdAt: row.created_at,
  }
}
