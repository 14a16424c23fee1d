import { randomUUID } from 'node:crypto'
import type { AlertKind } from '../alerts/index.ts'
import type { Queryable } from '../database/index.ts'
import { errorCode } from '../shared/error-code.ts'
import { InvalidRequestError } from '../shared/errors.ts'
import { isUuid } from '../shared/id.ts'
import { newWebhookSecret } from '../shared/new-webhook-secret.ts'
import { parseWebhookUrl } from '../shared/webhook-url.ts'
import { type Channel, type ChannelKind, clientAlertKinds, type TemplateSettings } from './channel.ts'
import type { SecretKeeper } from './notification.ts'
import { deleteChannel } from './sql/delete-channel.ts'
import { findWhatsAppChannel } from './sql/find-whatsapp-channel.ts'
import { insertChannel } from './sql/insert-channel.ts'
import { listChannels } from './sql/list-channels.ts'
import { updateChannel } from './sql/update-channel.ts'

export interface ChannelAdmin {
  /** The owner's: nobody else may say where facts go. */
  db: Queryable
  vault: SecretKeeper
  /** Whether a webhook may go to a loopback host: never in production. */
  allowsLocal: boolean
}

/** What is not named stays; a new one needs number and name. */
export interface TemplateWish {
  /** The number that sends: the id of its WhatsApp channel, or Meta's id of it. */
  whatsappChannel?: string | undefined
  name?: string | undefined
  /** `pt_BR` unless said. */
  language?: string | undefined
}

export interface ChannelWish {
  /** Undefined: the operator's own. */
  clientId: string | undefined
  kind: ChannelKind
  address: string
  /** Of kind `whatsapp`, and only there. */
  template?: TemplateWish | undefined
  /** Undefined: all that concern its owner. */
  alertKinds?: readonly AlertKind[] | undefined
  /** Undefined: the client's own; for the operator pt-BR. */
  locale?: 'pt-BR' | 'en' | undefined
}

/** What is not named stays; null takes the default. */
export interface ChannelChange {
  address?: string | undefined
  template?: TemplateWish | undefined
  alertKinds?: readonly AlertKind[] | null | undefined
  locale?: 'pt-BR' | 'en' | null | undefined
  isActive?: boolean | undefined
}

/**
 * Adds a channel. A webhook gets a secret (`whsec_…`), which is answered this once.
 *
 * @throws InvalidRequestError `invalid_body` for an address that is none of its kind, kinds of alerts that are not a client's to
 *   hear, or an address that its owner has a channel to
 */
export async function addChannel(admin: ChannelAdmin, wish: ChannelWish): Promise<{ channel: Channel; secret: string | undefined }> {
  const { clientId = null, kind, alertKinds = null, locale = null } = wish
  const address = checkAddress(kind, wish.address, admin.allowsLocal)
  const kinds = checkAlertKinds(alertKinds, clientId !== null)
  const template = kind === 'whatsapp' || wish.template ? await checkTemplate(admin.db, kind, null, wish.template ?? {}) : null
  const id = randomUUID()
  const made = kind === 'webhook' ? await makeSecret(admin.vault, id) : undefined
  const row = { id, clientId, kind, address, secretId: made?.id ?? null, template, alertKinds: kinds, locale }
  await refuseDouble(kind, address, () => insertChannel(admin.db, row))
  return { channel: await getChannel(admin.db, id), secret: made?.secret }
}

/** Throws InvalidRequestError `not_found`. */
export async function getChannel(db: Queryable, id: string): Promise<Channel> {
  const [channel] = isUuid(id) ? await listChannels(db, { id }) : []
  if (!channel) throw new InvalidRequestError('not_found', `There is no notification channel ${id}: see catraca notify list`)
  return channel
}

/** Another address, and switching it on, begin with a clean record. Throws as `addChannel`, and `not_found`. */
export async function changeChannel(admin: ChannelAdmin, id: string, change: ChannelChange): Promise<Channel> {
  const { kind, client, followsClient, template, address: oldAddress } = await getChannel(admin.db, id)
  if (change.address !== undefined && followsClient) throw followsColumn(kind)
  const address = change.address === undefined ? oldAddress : checkAddress(kind, change.address, admin.allowsLocal)
  const row = {
    ...(change.address !== undefined && { address }),
    ...(change.template !== undefined && { template: await checkTemplate(admin.db, kind, template, change.template) }),
    ...(change.alertKinds !== undefined && { alertKinds: checkAlertKinds(change.alertKinds, client !== null) }),
    ...(change.locale !== undefined && { locale: change.locale }),
    ...(change.isActive !== undefined && { isActive: change.isActive }),
  }
  await refuseDouble(kind, address, () => updateChannel(admin.db, id, row))
  return await getChannel(admin.db, id)
}

/** By two channels of one address its reader would be told everything twice. */
async function refuseDouble(kind: ChannelKind, address: string, write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (error) {
    if (errorCode(error) !== '23505') throw error
    const message = `There is already a channel of kind ${kind} to ${address} here: change that one.`
    throw new InvalidRequestError('invalid_body', message, { details: { reason: 'channel_exists' }, cause: error })
  }
}

/** With its deliveries. Throws InvalidRequestError `not_found`, or `invalid_body` for one that follows a column of its client's. */
export async function removeChannel(db: Queryable, id: string): Promise<Channel> {
  const channel = await getChannel(db, id)
  if (channel.followsClient) throw followsColumn(channel.kind)
  await deleteChannel(db, id)
  return channel
}

/** A new secret for a webhook, answered this once; the one before signs nothing any more. */
export async function renewSecret({ db, vault }: ChannelAdmin, id: string): Promise<string> {
  const { kind } = await getChannel(db, id)
  if (kind !== 'webhook') throw new InvalidRequestError('invalid_body', `Only a webhook is signed; this channel is of kind ${kind}.`)
  const made = await makeSecret(vault, id)
  await updateChannel(db, id, { secretId: made.id })
  return made.secret
}

async function makeSecret(vault: SecretKeeper, channelId: string): Promise<{ id: string; secret: string }> {
  const secret = newWebhookSecret()
  return { id: await vault.put(`notification_channel_${channelId}`, secret, 'Signs the webhooks of a notification channel'), secret }
}

const email = /^[^\s@<>,;:"()[\]\\\p{Cc}]{1,64}@[\p{L}\p{N}](?:[\p{L}\p{N}.-]{0,252}[\p{L}\p{N}])?$/u
const phone = /^\+?[1-9]\d{7,14}$/

/** An address of that kind, trimmed. Throws InvalidRequestError `invalid_body`. */
export function checkAddress(kind: ChannelKind, text: string, allowsLocal: boolean): string {
  const address = text.trim()
  if (kind === 'webhook') {
    if (address.length > 2_000) throw new InvalidRequestError('invalid_body', 'A URL has at most 2,000 characters.')
    parseWebhookUrl(address, allowsLocal)
  } else if (kind === 'email' && !email.test(address)) {
    throw new InvalidRequestError('invalid_body', 'The address is one e-mail address, such as ana@example.com.')
  } else if (kind === 'whatsapp' && !phone.test(address)) {
    throw new InvalidRequestError('invalid_body', 'The address is a phone number with its country, such as +5511987654321.')
  }
  return address
}

async function checkTemplate(
  db: Queryable,
  kind: ChannelKind,
  known: TemplateSettings | null,
  wish: TemplateWish,
): Promise<TemplateSettings> {
  if (kind !== 'whatsapp') throw new InvalidRequestError('invalid_body', `A template is of kind whatsapp; this channel is of kind ${kind}.`)
  const { whatsappChannel = known?.whatsappChannelId, name = known?.name, language = known?.language ?? 'pt_BR' } = wish
  if (whatsappChannel === undefined || name === undefined) {
    throw new InvalidRequestError(
      'invalid_body',
      'Alerts by WhatsApp need the number that sends them and the name of an approved template.',
    )
  }
  if (!/^[a-z0-9_]{1,512}$/.test(name)) {
    throw new InvalidRequestError('invalid_body', 'A template has a name of small letters, digits and underscores, such as alerta_de_uso.')
  }
  if (!/^[a-zA-Z]{2,3}(_[a-zA-Z]{2,4})?$/.test(language)) {
    throw new InvalidRequestError('invalid_body', 'A template has a language as Meta writes it, such as pt_BR or en.')
  }
  const whatsappChannelId = await findWhatsAppChannel(db, whatsappChannel)
  if (whatsappChannelId === undefined) {
    throw new InvalidRequestError('not_found', `There is no WhatsApp channel ${whatsappChannel}: see catraca whatsapp list`)
  }
  return { whatsappChannelId, name, language }
}

function checkAlertKinds(kinds: readonly AlertKind[] | null, isClients: boolean): AlertKind[] | null {
  const own: readonly AlertKind[] = clientAlertKinds
  if (isClients && kinds?.some((kind) => !own.includes(kind))) {
    throw new InvalidRequestError('invalid_body', `A client hears of ${own.join(', ')} only: the others are the operator's own.`)
  }
  return kinds && [...kinds]
}

/** The client's columns that are a channel each. */
export const clientColumns = {
  email: 'notification_email',
  webhook: 'notification_webhook_url',
  whatsapp: 'notification_whatsapp',
} as const

function followsColumn(kind: ChannelKind): InvalidRequestError {
  return new InvalidRequestError('invalid_body', `This channel follows the client's ${clientColumns[kind]}: change that, or empty it.`)
}
