import type { Queryable } from '../../../database/index.ts'
import type { ChannelRow } from '../channel.ts'

/** With what it takes of its client. */
export async function findChannelRow(db: Queryable, id: string): Promise<ChannelRow | undefined> {
  const rows = await db.query<ChannelRow>(
    `select h.id, h.client_id, c.slug, c.locale, c.time_zone, h.phone_number_id, h.access_token_secret_id, h.app_secret_secret_id,
       h.verify_token_secret_id, h.model, coalesce(h.system_prompt, c.system_prompt) as system_prompt, h.history_tokens,
       h.transcription_model, h.refusal_notice, h.template_name, h.template_language, h.admin_phones, h.contact_daily_tokens,
       h.hands_off, h.hand_off_keywords, h.hand_off_notice, h.video_notice
     from whatsapp_channels h
     join clients c on c.id = h.client_id
     where h.id = $1 and h.is_active`,
    [id],
  )
  return rows[0]
}
