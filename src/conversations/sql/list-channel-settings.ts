import type { Queryable } from '../../database/index.ts'

export interface ChannelSettingsRow {
  id: string
  client_id: string
  client: string
  phone_number_id: string
  display_phone_number: string | null
  is_active: boolean
  has_access_token: boolean
  has_app_secret: boolean
  has_verify_token: boolean
  model: string | null
  reply_pause_ms: number
  history_tokens: number
  transcription_model: string
  template_name: string | null
  admin_phones: string[]
  contact_daily_tokens: bigint | null
  created_at: Date
}

/** Without those of a simulation. Of secrets it is only said whether they are there. */
export async function listChannelSettings(db: Queryable, clientId: string | undefined): Promise<ChannelSettingsRow[]> {
  return await db.query<ChannelSettingsRow>(
    `select h.id, h.client_id, c.slug as client, h.phone_number_id, h.display_phone_number, h.is_active,
       h.access_token_secret_id is not null as has_access_token, h.app_secret_secret_id is not null as has_app_secret,
       h.verify_token_secret_id is not null as has_verify_token, h.model, h.reply_pause_ms, h.history_tokens, h.transcription_model,
       h.template_name, h.admin_phones, h.contact_daily_tokens, h.created_at
     from whatsapp_channels h
     join clients c on c.id = h.client_id
     where not h.is_simulated and ($1::uuid is null or h.client_id = $1)
     order by c.slug, h.phone_number_id`,
    [clientId ?? null],
  )
}
