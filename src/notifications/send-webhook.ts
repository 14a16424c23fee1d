import { openSecret } from '../shared/secret.ts'
import { DeliveryError } from './delivery-error.ts'
import type { SecretKeeper, Sender } from './notification.ts'
import { postToPublic, type Resolve } from './post-to-public.ts'

const timeoutMs = 15_000

export interface WebhookOptions {
  vault: SecretKeeper
  allowsLocal: boolean
  resolve?: Resolve | undefined
}

/**
 * Webhooks as standardwebhooks.com has them: `{ type, timestamp, data }`, with `webhook-id`, `webhook-timestamp` and, where the channel
 * has a secret, `webhook-signature`. Any 2xx is success.
 */
export function webhookSender({ vault, allowsLocal, resolve }: WebhookOptions): Sender {
  return async ({ id, kind, at, subject, summary, link, data }, { address, secretId }) => {
    const sentAt = new Date()
    const body = JSON.stringify({ type: kind, timestamp: at.toISOString(), data: { ...data, subject, summary, link: link ?? null } })
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      'user-agent': 'catraca/0.1.0',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1_000)),
    }
    if (secretId !== null) {
      const { Webhook } = await import('standardwebhooks')
      const secret = await vault.read(secretId, 'webhook secret')
      headers['webhook-signature'] = openSecret(secret, (key) => new Webhook(key).sign(id, sentAt, body))
    }
    const status = await postToPublic(address, { headers, body, allowsLocal, resolve, timeoutMs })
    if (status >= 200 && status < 300) return { responseCode: status }
    const why = status >= 300 && status < 400 ? `redirected (${status}), which is not followed: set the final URL` : `answered ${status}`
    throw new DeliveryError(why, status)
  }
}
