import { openSecret, type Secret } from '../shared/secret.ts'
import { userAgent } from '../shared/version.ts'

export interface SignedBody {
  /** Stays the same however often it is sent: by it a receiver tells a repetition. */
  id: string
  body: string
  /** Undefined leaves it unsigned. */
  secret: Secret | undefined
}

/** The headers of standardwebhooks.com for exactly this body. */
export async function webhookHeaders({ id, body, secret }: SignedBody): Promise<Record<string, string>> {
  const sentAt = new Date()
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'user-agent': userAgent,
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1_000)),
  }
  if (secret === undefined) return headers
  const { Webhook } = await import('standardwebhooks')
  return { ...headers, 'webhook-signature': openSecret(secret, (key) => new Webhook(key).sign(id, sentAt, body)) }
}
