import { DeliveryError } from './delivery-error.ts'
import type { SecretKeeper, Sender } from './notification.ts'
import { describeStatus, postToPublic, type Resolve } from './post-to-public.ts'
import { webhookHeaders } from './webhook-headers.ts'

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
    const body = JSON.stringify({ type: kind, timestamp: at.toISOString(), data: { ...data, subject, summary, link: link ?? null } })
    const secret = secretId === null ? undefined : await vault.read(secretId, 'webhook secret')
    const headers = await webhookHeaders({ id, body, secret })
    const { status } = await postToPublic(address, { headers, body, allowsLocal, resolve, timeoutMs })
    if (status >= 200 && status < 300) return { responseCode: status }
    throw new DeliveryError(status >= 300 && status < 400 ? 'redirected' : 'answered', describeStatus(status), status)
  }
}
