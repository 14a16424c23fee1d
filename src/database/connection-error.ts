import { errorCode } from '../shared/error-code.ts'

/** Node's own codes for a server that could not be reached or a connection that broke. */
const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'ENOTFOUND',
  'EAI_AGAIN',
])

/** What `pg` and its pool say without any code when no connection could be had, so that the statement was never sent. */
const unsentMessages = [
  'Connection terminated due to connection timeout',
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Cannot use a pool after calling end on the pool',
]

/** And when one is lost, or did not answer in time. */
const driverMessages = [
  ...unsentMessages,
  'Connection terminated',
  'Query read timeout',
  'Client has encountered a connection error',
  'Client was closed and is not queryable',
]

/**
 * Is this an outage (try again later, nothing is wrong with what was asked), rather than a statement that the database refused?
 * The outcome of a statement that met an outage is unknown: it may have been committed, unless `wasNeverSent` says otherwise.
 */
export function isConnectionError(error: unknown): boolean {
  if (error instanceof AggregateError && error.errors.some(isConnectionError)) return true
  if (!(error instanceof Error)) return false
  const code = errorCode(error)
  if (networkCodes.has(code) || isConnectionSqlState(code)) return true
  if (code === '' && driverMessages.some((message) => error.message.startsWith(message))) return true
  return error.cause !== undefined && isConnectionError(error.cause)
}

/** Of a connection error: was there no connection in the first place? Then the statement certainly had no effect. */
export function wasNeverSent(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(wasNeverSent)
  if (!(error instanceof Error)) return false
  const code = errorCode(error)
  if (code === '') return unsentMessages.some((message) => error.message.startsWith(message))
  // A server says the two instead of letting a session begin.
  return code === '57P03' || code === '53300' || ('syscall' in error && (error.syscall === 'connect' || error.syscall === 'getaddrinfo'))
}

/** Class 08 is connection exceptions; 57P01 to 57P03 a server that stops or starts; 53300 one with no connection left. */
function isConnectionSqlState(code: string): boolean {
  return /^08[0-9A-Z]{3}$/.test(code) || ['57P01', '57P02', '57P03', '53300'].includes(code)
}
