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

/** What `pg` and its pool say without any code when a connection is lost, could not be had in time, or did not answer in time. */
const driverMessages = [
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Query read timeout',
  'Client has encountered a connection error',
  'Client was closed and is not queryable',
  'Cannot use a pool after calling end on the pool',
]

/**
 * Is this an outage (try again later, nothing is wrong with what was asked), rather than a statement that the database refused?
 * The outcome of a statement that met an outage is unknown: it may have been committed.
 */
export function isConnectionError(error: unknown): boolean {
  if (error instanceof AggregateError && error.errors.some(isConnectionError)) return true
  if (!(error instanceof Error)) return false
  const code = errorCode(error)
  if (networkCodes.has(code) || isConnectionSqlState(code)) return true
  if (code === '' && driverMessages.some((message) => error.message.startsWith(message))) return true
  return error.cause !== undefined && isConnectionError(error.cause)
}

/** Class 08 is connection exceptions; 57P01 to 57P03 a server that stops or starts; 53300 one with no connection left. */
function isConnectionSqlState(code: string): boolean {
  return /^08[0-9A-Z]{3}$/.test(code) || ['57P01', '57P02', '57P03', '53300'].includes(code)
}
