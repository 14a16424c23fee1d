import type { Queryable } from '../../database/index.ts'
import type { ChannelSettings } from './update-channel.ts'

export interface FoundChannelSettings extends Required<Omit<ChannelSettings, 'contact_daily_tokens'>> {
  id: string
  client_slug: string
  phone_number_id: string
  display_phone_number: string | null
  contact_daily_tokens: bigint | null
}

/** How a channel answers. Undefined where there is none, or it is a simulation's. */
export async function findChannelSettings(db: Queryable, id: string): Promise<FoundChannelSettings | undefined> {
  const rows = await db.query<FoundChannelSettings>(
    `select w.id, c.slug as client_slug, w.phone_number_id, w.display_phone_number, w.is_active, w.model, w.system_prompt, w.reply_pause_ms,
       w.history_tokens, w.transcription_model, w.refusal_notice, w.template_name, w.template_language, w.admin_phones,
       w.contact_daily_tokens
     from whatsapp_channels w join clients c on c.id = w.client_id
     where w.id = $1 and not w.is_simulated`,
    [id],
  )
  return rows[0]
}
