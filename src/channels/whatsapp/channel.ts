import type { Secret } from '../../shared/secret.ts'

/** A WhatsApp number and how what is written to it is answered. */
export interface Channel {
  id: string
  clientId: string
  clientSlug: string
  locale: 'pt-BR' | 'en'
  timeZone: string
  phoneNumberId: string
  /** Undefined where it is not stored or does not open: then nothing that needs it is done. */
  accessToken: Secret | undefined
  appSecret: Secret | undefined
  verifyToken: Secret | undefined
  /** Undefined takes the client's primary model. */
  model: string | undefined
  systemPrompt: string | undefined
  historyTokens: number
  transcriptionModel: string
  refusalNotice: string | undefined
  template: { name: string; language: string } | undefined
  adminPhones: readonly string[]
  /** Undefined: a contact may use what the client may. */
  contactDailyTokens: number | undefined
  /** May the model give a contact to a human? */
  handsOff: boolean
  handOffKeywords: readonly string[]
  handOffNotice: string | undefined
  videoNotice: string | undefined
}

export interface ChannelRow {
  id: string
  client_id: string
  slug: string
  locale: 'pt-BR' | 'en'
  time_zone: string
  phone_number_id: string
  access_token_secret_id: string | null
  app_secret_secret_id: string | null
  verify_token_secret_id: string | null
  model: string | null
  system_prompt: string | null
  history_tokens: number
  transcription_model: string
  refusal_notice: string | null
  template_name: string | null
  template_language: string
  admin_phones: string[]
  contact_daily_tokens: bigint | null
  hands_off: boolean
  hand_off_keywords: string[]
  hand_off_notice: string | null
  video_notice: string | null
}

export type ChannelSecrets = Pick<Channel, 'accessToken' | 'appSecret' | 'verifyToken'>

export function fromRow(row: ChannelRow, secrets: ChannelSecrets): Channel {
  return {
    ...secrets,
    id: row.id,
    clientId: row.client_id,
    clientSlug: row.slug,
    locale: row.locale,
    timeZone: row.time_zone,
    phoneNumberId: row.phone_number_id,
    model: row.model ?? undefined,
    systemPrompt: row.system_prompt ?? undefined,
    historyTokens: row.history_tokens,
    transcriptionModel: row.transcription_model,
    refusalNotice: row.refusal_notice ?? undefined,
    template: row.template_name === null ? undefined : { name: row.template_name, language: row.template_language },
    adminPhones: row.admin_phones,
    contactDailyTokens: row.contact_daily_tokens === null ? undefined : Number(row.contact_daily_tokens),
    handsOff: row.hands_off,
    handOffKeywords: row.hand_off_keywords,
    handOffNotice: row.hand_off_notice ?? undefined,
    videoNotice: row.video_notice ?? undefined,
  }
}
