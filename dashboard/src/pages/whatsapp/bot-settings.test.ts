import { expect, it } from 'vitest'
import { type Bot, problemsOf, type Settings, toBot, toForm, toSettings } from './bot-settings.ts'

const settings: Settings = {
  id: '0199c0de-0000-7000-8000-000000000000',
  client: 'padaria-sol',
  phone_number_id: '106540352242922',
  display_phone_number: null,
  webhook_path: '/webhooks/whatsapp/x',
  webhook_url: null,
  is_active: true,
  model: null,
  system_prompt: null,
  reply_pause_ms: 4_500,
  history_tokens: 2_000,
  transcription_model: 'openai/whisper-1',
  refusal_notice: null,
  template_name: null,
  template_language: 'pt_BR',
  admin_phones: ['5511999990001'],
  contact_daily_tokens: null,
}
const number = (value: number) => value.toLocaleString('pt-BR')
const bot: Bot = { hands_off: true, hand_off_keywords: ['atendente', 'humano'], hand_off_notice: 'Já chamo alguém.', video_notice: null }
const form = toForm(settings, bot, number)

it('saves what it loaded', () => {
  const { id: _id, client: _client, phone_number_id: _number, display_phone_number: _phone, ...rest } = settings
  const { webhook_path: _path, webhook_url: _url, is_active: _active, ...own } = rest
  expect([...problemsOf(form)]).toEqual([])
  expect(toSettings(form)).toEqual(own)
  expect(toBot(form)).toEqual(bot)
})

it('takes phones and lists as people write them', () => {
  const typed = { ...form, admins: '+55 11 99999-0001\n\n (11) 5511-99999 ', keywords: 'gente\n alguém \n', handOffNotice: ' ' }
  expect(toSettings(typed).admin_phones).toEqual(['5511999990001', '11551199999'])
  expect(toBot(typed)).toEqual({ ...bot, hand_off_keywords: ['gente', 'alguém'], hand_off_notice: null })
})

it.each([
  ['pauseSeconds', ''],
  ['pauseSeconds', '60,5'],
  ['pauseSeconds', 'já'],
  ['historyTokens', ''],
  ['historyTokens', '2.000.000'],
  ['transcription', ' '],
  ['admins', '99'],
  ['contactTokens', '0'],
] as const)('marks %s for %j', (field, text) => {
  expect([...problemsOf({ ...form, [field]: text })]).toEqual([field])
})

it('lets nothing of before and no pause be wished for', () => {
  const typed = { ...form, historyTokens: '0', pauseSeconds: '0' }
  expect([...problemsOf(typed)]).toEqual([])
  expect(toSettings(typed)).toMatchObject({ history_tokens: 0, reply_pause_ms: 0 })
})
