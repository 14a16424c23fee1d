import { LedgerUnavailableError } from '../shared/errors.ts'
import { isConnectionError } from './connection-error.ts'

/** Asks the database; an outage becomes LedgerUnavailableError, which a caller may see, and any other failure stays what it is. */
export async function orUnavailable<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!isConnectionError(error)) throw error
    throw new LedgerUnavailableError('The database cannot be reached. Try again shortly.', { cause: error, retryAfterMs: 1_000 })
  }
}
