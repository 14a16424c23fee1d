import { errorCode } from '../../shared/error-code.ts'

/** No schema, table, function or right yet; no column: some of the queue's migrations make its view anew. */
const codes = new Set(['3F000', '42P01', '42883', '42501', '42703'])

/** In the first moment of an installation the queue's schema is still being made. */
export function isQueueUnready(error: unknown): boolean {
  return codes.has(errorCode(error))
}
