import type { Queryable } from '../../database/index.ts'

/** By column; null takes a setting away. */
export interface ChannelSettings {
  is_active?: boolean
  model?: string | null
  system_prompt?: string | null
  reply_pause_ms?: number
  history_tokens?: number
  transcription_model?: string
  refusal_notice?: string | null
  template_name?: string | null
  template_language?: string
  admin_phones?: string[]
  contact_daily_tokens?: number | null
}

/** False where there is no such channel. What is left out stays as it is. */
export async function updateChannel(db: Queryable, id: string, settings: ChannelSettings): Promise<boolean> {
  const rows = await db.query(
    `update whatsapp_channels c set is_active = n.is_active, model = n.model, system_prompt = n.system_prompt, reply_pause_ms = n.reply_pause_ms,
       history_tokens = n.history_tokens, transcription_model = n.transcription_model, refusal_notice = n.refusal_notice,
       template_name = n.template_name, template_language = n.template_language, admin_phones = n.admin_phones,
       contact_daily_tokens = n.contact_daily_tokens
     from whatsapp_channels old cross join lateral jsonb_populate_record(old, $2::jsonb) n
     where old.id = $1 and c.id = old.id
     returning c.id`,
    [id, JSON.stringify(settings)],
  )
  return rows.length > 0
}
