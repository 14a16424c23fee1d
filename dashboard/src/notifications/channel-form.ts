import type { Body } from '../api/index.ts'
import { type AlertKind, addressProblem, type Channel, type Kind, kindsFor, toAlertKinds } from './channel.ts'

/** What sends an alert by WhatsApp: a number that is connected here, and a template that Meta has approved. */
export interface Template {
  channel: string
  name: string
  language: string
}

/** As typed. */
export interface ChannelForm {
  /** The client's name in addresses; empty is the operator. */
  owner: string
  kind: Kind
  address: string
  kinds: readonly AlertKind[]
  /** Empty is the owner's. */
  locale: 'pt-BR' | 'en' | ''
  template: Template
}
export type ChannelField = 'address' | 'number' | 'template' | 'templateLanguage' | 'kinds'

export function toChannelForm(client: string | undefined, channel: Channel | undefined): ChannelForm {
  return {
    owner: client ?? '',
    kind: channel?.kind ?? 'email',
    address: channel?.address ?? '',
    kinds: channel?.alert_kinds ?? kindsFor(false),
    locale: channel?.locale ?? '',
    template: {
      channel: channel?.whatsapp_channel ?? '',
      name: channel?.template_name ?? '',
      language: channel?.template_language ?? 'pt_BR',
    },
  }
}

/** What the gateway would refuse. */
export function channelProblems({ owner, kind, address, kinds, template }: ChannelForm): ReadonlySet<ChannelField> {
  const isWhatsApp = kind === 'whatsapp'
  const wrong: Record<ChannelField, boolean> = {
    address: addressProblem(kind, address) !== undefined,
    number: isWhatsApp && template.channel === '',
    template: isWhatsApp && !/^[a-z0-9_]{1,512}$/.test(template.name.trim()),
    templateLanguage: isWhatsApp && !/^[a-zA-Z]{2,3}(_[a-zA-Z]{2,4})?$/.test(template.language.trim()),
    kinds: toAlertKinds(kinds, owner !== '')?.length === 0,
  }
  return new Set((Object.keys(wrong) as ChannelField[]).filter((field) => wrong[field]))
}

export function toNewChannel({ owner, kind, address, kinds, locale, template }: ChannelForm): Body<'POST /notification-channels'> {
  const wanted = toAlertKinds(kinds, owner !== '')
  return {
    kind,
    address: address.trim(),
    ...(kind === 'whatsapp' && templateBody(template)),
    ...(owner !== '' && { client: owner }),
    ...(wanted !== null && { alert_kinds: wanted }),
    ...(locale !== '' && { locale }),
  }
}

export function toChange(
  { owner, kind, address, kinds, locale, template }: ChannelForm,
  { follows_client: isFixed }: Pick<Channel, 'follows_client'>,
): Body<'PATCH /notification-channels/:id'> {
  return {
    ...(!isFixed && { address: address.trim() }),
    ...(kind === 'whatsapp' && templateBody(template)),
    alert_kinds: toAlertKinds(kinds, owner !== ''),
    locale: locale === '' ? null : locale,
  }
}

function templateBody({ channel, name, language }: Template) {
  return { whatsapp_channel: channel, template_name: name.trim(), template_language: language.trim() }
}
