import type { AlertKind } from '../alerts/index.ts'
import type { Secret } from '../shared/secret.ts'
import type { ChannelKind, TemplateSettings } from './channel.ts'

/** What somebody is told, in their language. */
export interface Notification {
  /** Stays the same however often it is sent: alert and channel. By it a receiver tells a repetition. */
  id: string
  /** `test`: somebody tries the channel. */
  kind: AlertKind | 'test'
  /** When it happened. */
  at: Date
  locale: 'pt-BR' | 'en'
  subject: string
  /** All of it in one line. */
  summary: string
  facts: readonly Fact[]
  /** What a WhatsApp template has in its places, in the documented order: client, what happened, used, limit, reset, link. `-` for none. */
  parameters: readonly string[]
  /** The page of the dashboard that shows it; undefined where nobody has said what people open it with. */
  link: string | undefined
  /** The facts for machines. */
  data: object
}

export interface Fact {
  name: string
  value: string
}

export interface Recipient {
  channelId: string
  /** What a receiver that reports later is to name; undefined: a test. */
  deliveryId?: bigint
  address: string
  /** In the vault. */
  secretId: string | null
  /** Of a WhatsApp number. */
  template: TemplateSettings | null
}

/**
 * Sends a notification to one recipient, and resolves once it was taken, with the receiver's code where there is one. Rejects for whatever
 * reason it was not, best with a DeliveryError; it is then sent again later. It must end by itself within half a minute.
 */
export type Sender = (notification: Notification, to: Recipient) => Promise<{ responseCode: number | null }>

/** How each kind of channel is sent to. A kind without a sender fails, in words. */
export type Senders = Partial<Record<ChannelKind, Sender>>

/** What notifications need of the vault. */
export interface SecretKeeper {
  put(name: string, value: string, description?: string): Promise<string>
  read(id: string, label?: string): Promise<Secret>
}
