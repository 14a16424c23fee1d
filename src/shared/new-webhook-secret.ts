import { randomBytes } from 'node:crypto'

/** What Standard Webhooks are signed with: `whsec_…`. */
export function newWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`
}
