import type { Queryable } from '../../database/index.ts'
import type { Channel } from '../channel.ts'

export interface NewChannelRow extends Pick<Channel, 'id' | 'kind' | 'address' | 'secretId' | 'template' | 'alertKinds' | 'locale'> {
  clientId: string | null
}

export async function insertChannel(
  db: Queryable,
  { id, clientId, kind, address, secretId, template, alertKinds, locale }: NewChannelRow,
): Promise<void> {
  await db.query(
    `insert into notification_channels (id, client_id, kind, address, secret_id, alert_kinds, locale, whatsapp_channel_id, template_name, template_language)
     values ($1, $2, $3, $4, $5, $6::text[], $7, $8, $9, coalesce($10, 'pt_BR'))`,
    [id, clientId, kind, address, secretId, alertKinds, locale, template?.whatsappChannelId, template?.name, template?.language],
  )
}
