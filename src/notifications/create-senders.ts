import type { SecretKeeper, Sender, Senders } from './notification.ts'
import { type EmailOptions, emailSender } from './send-email.ts'
import { webhookSender } from './send-webhook.ts'

export interface SendersOptions extends EmailOptions {
  vault: SecretKeeper
  /** Whether a webhook may go to a loopback host: for development and tests. */
  allowsLocal: boolean
  /** By a template, where this process has a WhatsApp channel. */
  whatsapp?: Sender | undefined
}

/** One way to send for each kind of channel. */
export function createSenders({ vault, allowsLocal, whatsapp, ...email }: SendersOptions): Senders {
  return { email: emailSender(email), webhook: webhookSender({ vault, allowsLocal }), ...(whatsapp && { whatsapp }) }
}
