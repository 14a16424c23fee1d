import { expect, it } from 'vitest'
import { type ChannelForm, channelProblems, toChange, toChannelForm, toNewChannel } from './channel-form.ts'

const template = { channel: '0199c0de-0000-7000-8000-000000000000', name: ' alerta_de_uso ', language: 'pt_BR' }
const form: ChannelForm = { ...toChannelForm(undefined, undefined), kind: 'whatsapp', address: ' +5511987654321 ', template }

it('sends the template with a channel of WhatsApp, and with no other', () => {
  const sending = { whatsapp_channel: template.channel, template_name: 'alerta_de_uso', template_language: 'pt_BR' }
  expect([...channelProblems(form)]).toEqual([])
  expect(toNewChannel(form)).toEqual({ kind: 'whatsapp', address: '+5511987654321', ...sending })
  expect(toChange(form, { follows_client: false })).toEqual({ address: '+5511987654321', ...sending, alert_kinds: null, locale: null })
  expect(toNewChannel({ ...form, kind: 'email', address: 'ana@example.com', owner: 'padaria-sol', locale: 'en' })).toEqual({
    kind: 'email',
    address: 'ana@example.com',
    client: 'padaria-sol',
    locale: 'en',
  })
})

it('leaves the address alone that is a column of the client’s', () => {
  expect(toChange(form, { follows_client: true })).not.toHaveProperty('address')
})

it('marks what the gateway would refuse, of a template only where there is one', () => {
  const wrong = { ...form, template: { channel: '', name: 'Alerta', language: 'português' }, kinds: [] }
  expect([...channelProblems(wrong)]).toEqual(['number', 'template', 'templateLanguage', 'kinds'])
  expect([...channelProblems({ ...wrong, kind: 'webhook' })]).toEqual(['address', 'kinds'])
})
