import type { AlertKind } from '../alerts/index.ts'
import type { DeliveryErrorCode } from './delivery-error.ts'

export const channelKinds = ['email', 'webhook', 'whatsapp'] as const
export type ChannelKind = (typeof channelKinds)[number]

/** What a client hears of: the other kinds are the operator's own worries. */
export const clientAlertKinds = ['budget_threshold', 'budget_exceeded', 'handed_off'] as const satisfies readonly AlertKind[]

/** After so long without a success a channel is shown as failing, and a delivery is given up. */
export const failingAfterMs = 3 * 24 * 60 * 60 * 1_000

/** A message that Meta has approved, from a number that is connected. */
export interface TemplateSettings {
  /** Of `whatsapp_channels`. */
  whatsappChannelId: string
  name: string
  /** As Meta has it: `pt_BR`, `en`. */
  language: string
}

/** Somebody who is told of alerts. */
export interface Channel {
  id: string
  /** Null: the operator's own, which hears of all clients. */
  client: { id: string; slug: string; locale: 'pt-BR' | 'en' } | null
  kind: ChannelKind
  /** An e-mail address, a URL, or a phone number. */
  address: string
  /** In the vault: what webhooks are signed with. */
  secretId: string | null
  /** Of kind `whatsapp`: what sends it, and what is sent. Null: it was not said, or the number is gone, and sending fails. */
  template: TemplateSettings | null
  /** Null: all that concern its owner. */
  alertKinds: AlertKind[] | null
  /** Null: the client's own; for the operator pt-BR. */
  locale: 'pt-BR' | 'en' | null
  isActive: boolean
  /** It follows a column of the client's, such as `notification_email`: the address is changed there. */
  followsClient: boolean
  /** Since the first failure after the last success; null where the last one succeeded, or none was made. */
  failingSince: Date | null
  lastError: string | null
  /** Null with an error: of a version that had no codes. */
  lastErrorCode: DeliveryErrorCode | null
  createdAt: Date
}

/** Whether somebody has to look at it: it has failed for three days. */
export function isFailing({ failingSince }: Pick<Channel, 'failingSince'>, nowMs: number): boolean {
  return failingSince !== null && nowMs - failingSince.getTime() >= failingAfterMs
}

/** A channel for machines, the same by command line and HTTP. */
export function channelToJson(channel: Channel) {
  return {
    id: channel.id,
    client: channel.client?.slug ?? null,
    kind: channel.kind,
    address: channel.address,
    signed: channel.secretId !== null,
    whatsapp_channel: channel.template?.whatsappChannelId ?? null,
    template_name: channel.template?.name ?? null,
    template_language: channel.template?.language ?? null,
    alert_kinds: channel.alertKinds,
    locale: channel.locale,
    active: channel.isActive,
    follows_client: channel.followsClient,
    failing: isFailing(channel, Date.now()),
    failing_since: channel.failingSince,
    last_error: channel.lastError,
    last_error_code: channel.lastErrorCode,
    created_at: channel.createdAt,
  }
}
