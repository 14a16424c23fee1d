import type { Answer, Body } from '../../api/index.ts'
import { countProblem, toCount } from '../client/count-field.ts'

export type Settings = Answer<'GET /whatsapp/channels/:channel'>

/** When a person takes over. */
export type Bot = Answer<'GET /whatsapp/channels/:channel/bot'>

/** As typed. */
export interface Form {
  model: string
  prompt: string
  pauseSeconds: string
  historyTokens: string
  transcription: string
  notice: string
  template: string
  templateLanguage: string
  admins: string
  contactTokens: string
  handsOff: boolean
  keywords: string
  handOffNotice: string
  videoNotice: string
}
export type Field = keyof Form

const lines = (text: string) => text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]))
const orNull = (text: string) => (text.trim() === '' ? null : text.trim())
/** `+55 11 99999-0001` as WhatsApp writes it. */
const digits = (phone: string) => phone.replace(/[\s()+.-]/g, '')

export function toForm(settings: Settings, bot: Bot, number: (value: number) => string): Form {
  return {
    model: settings.model ?? '',
    prompt: settings.system_prompt ?? '',
    pauseSeconds: number(settings.reply_pause_ms / 1_000),
    historyTokens: number(settings.history_tokens),
    transcription: settings.transcription_model,
    notice: settings.refusal_notice ?? '',
    template: settings.template_name ?? '',
    templateLanguage: settings.template_language,
    admins: settings.admin_phones.join('\n'),
    contactTokens: settings.contact_daily_tokens === null ? '' : number(settings.contact_daily_tokens),
    handsOff: bot.hands_off,
    keywords: bot.hand_off_keywords.join('\n'),
    handOffNotice: bot.hand_off_notice ?? '',
    videoNotice: bot.video_notice ?? '',
  }
}

/** What the gateway would refuse. */
export function problemsOf(form: Form): ReadonlySet<Field> {
  const history = form.historyTokens.trim()
  const wrong: Record<string, boolean> = {
    pauseSeconds: toMs(form.pauseSeconds) === undefined,
    historyTokens: history === '' || (history !== '0' && (countProblem(history) || (toCount(history) ?? 0) > 1_000_000)),
    transcription: form.transcription.trim() === '',
    templateLanguage: form.templateLanguage.trim() === '',
    admins: lines(form.admins).some((phone) => !/^\d{8,15}$/.test(digits(phone))),
    contactTokens: countProblem(form.contactTokens),
  }
  return new Set(Object.keys(wrong).filter((field) => wrong[field]) as Field[])
}

export function toSettings(form: Form): Body<'PATCH /whatsapp/channels/:channel'> {
  return {
    model: orNull(form.model),
    system_prompt: orNull(form.prompt),
    reply_pause_ms: toMs(form.pauseSeconds),
    history_tokens: toCount(form.historyTokens) ?? 0,
    transcription_model: form.transcription.trim(),
    refusal_notice: orNull(form.notice),
    template_name: orNull(form.template),
    template_language: form.templateLanguage.trim(),
    admin_phones: lines(form.admins).map(digits),
    contact_daily_tokens: toCount(form.contactTokens),
  }
}

export function toBot(form: Form): Body<'PATCH /whatsapp/channels/:channel/bot'> {
  return {
    hands_off: form.handsOff,
    hand_off_keywords: lines(form.keywords),
    hand_off_notice: orNull(form.handOffNotice),
    video_notice: orNull(form.videoNotice),
  }
}

/** Seconds as typed, up to a minute; undefined for what is none. */
function toMs(text: string): number | undefined {
  const plain = text.trim().replace(',', '.')
  const ms = /^\d{1,2}(\.\d+)?$/.test(plain) ? Math.round(Number(plain) * 1_000) : Number.NaN
  return ms <= 60_000 ? ms : undefined
}
