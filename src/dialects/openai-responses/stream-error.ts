import type { GatewayError } from '../../shared/errors.ts'
import { errorBody } from '../openai-chat/error.ts'

/** Events are numbered by whoever sends them, and nobody counts them on their way through; all that is promised is that numbers rise. */
const afterAllEvents = 2_147_483_647

/** The event that ends a stream that has failed: no `response.completed` follows it. Official SDKs read `error`, others the fields beside. */
export function renderStreamError(error: GatewayError, callId: string): Buffer {
  const { error: told } = errorBody(error, callId)
  const { code, message, param } = told
  const event = { type: 'error', code, message, param, sequence_number: afterAllEvents, error: told }
  return Buffer.from(`event: error\ndata: ${JSON.stringify(event)}\n\n`)
}
