import type { Queryable } from '../../database/index.ts'
import type { Channel, TemplateSettings } from '../channel.ts'

export type ChannelRowChange = Partial<Pick<Channel, 'address' | 'secretId' | 'alertKinds' | 'locale' | 'isActive'>> & {
  template?: TemplateSettings
}

/** What is undefined stays. Another address or template, and switching it on, begin with a clean record. */
export async function updateChannel(db: Queryable, id: string, change: ChannelRowChange): Promise<void> {
  const { address, secretId, alertKinds, locale, isActive, template } = change
  await db.query(
    `update notification_channels n
     set address = s.address, secret_id = s.secret_id, alert_kinds = s.alert_kinds, locale = s.locale, is_active = s.is_active,
       whatsapp_channel_id = s.whatsapp_channel_id, template_name = s.template_name, template_language = s.template_language,
       failing_since = case when k.is_same then n.failing_since end, last_error = case when k.is_same then n.last_error end,
       last_error_code = case when k.is_same then n.last_error_code end
     from notification_channels o
     cross join lateral jsonb_populate_record(o, $2::jsonb) as s
     cross join lateral (
       select (s.address, s.is_active, s.whatsapp_channel_id, s.template_name, s.template_language)
         is not distinct from (o.address, o.is_active, o.whatsapp_channel_id, o.template_name, o.template_language) as is_same
     ) k
     where n.id = $1 and o.id = $1`,
    [
      id,
      JSON.stringify({
        address,
        secret_id: secretId,
        alert_kinds: alertKinds,
        locale,
        is_active: isActive,
        whatsapp_channel_id: template?.whatsappChannelId,
        template_name: template?.name,
        template_language: template?.language,
      }),
    ],
  )
}
