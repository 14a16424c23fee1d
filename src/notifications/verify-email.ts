import type { Secret } from '../shared/secret.ts'
import { toDeliveryError } from './delivery-error.ts'
import { openTransport } from './send-email.ts'

/** Connects, greets and logs in, and sends nothing. Rejects with DeliveryError, whose message names no secret. */
export async function verifyEmail(smtpUrl: Secret, timeoutMs: number): Promise<void> {
  const transport = await openTransport(smtpUrl, { connectMs: timeoutMs, answerMs: timeoutMs })
  try {
    await transport.verify()
  } catch (error) {
    throw toDeliveryError(error)
  } finally {
    transport.close()
  }
}
