import { InvalidRequestError } from '../shared/errors.ts'

/** Why a notification was not taken, for whoever has words of their own; docs/notifications.md tells them to people. */
export const deliveryErrorCodes = [
  'no_sender',
  'no_email',
  'no_template',
  'no_number',
  'no_access_token',
  'address_refused',
  'no_such_host',
  'not_public',
  'unreachable',
  'tls',
  'timeout',
  'redirected',
  'answered',
  'mail_login',
  'mail_refused',
  'meta_refused',
  'meta_failed',
  'unknown',
] as const
export type DeliveryErrorCode = (typeof deliveryErrorCodes)[number]

/** Why a channel did not take a notification. The message is fit for the delivery log: it names no secret. */
export class DeliveryError extends Error {
  readonly code: DeliveryErrorCode
  /** The receiver's: an HTTP status or an SMTP code. Null where it said nothing. */
  readonly responseCode: number | null

  constructor(code: DeliveryErrorCode, message: string, responseCode: number | null = null, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
    this.responseCode = responseCode
  }
}

const longestError = 300

/** What Node, OpenSSL, undici and nodemailer call the ways in which a connection fails. */
const networkCodes: readonly (readonly [RegExp, DeliveryErrorCode])[] = [
  [/^EAUTH$/, 'mail_login'],
  [/^(ENOTFOUND|EAI_|EDNS)/, 'no_such_host'],
  [/TIMEOUT|^ETIMEDOUT$/, 'timeout'],
  [/CERT|TLS|SSL|SIGNED|VERIFY/, 'tls'],
  [/^(ECONN|EHOST|ENET|EPIPE|ESOCKET|UND_ERR_SOCKET)/, 'unreachable'],
]

/** Anything that a sender threw, as the delivery log keeps it. */
export function toDeliveryError(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const words = error instanceof Error ? error.message : String(error)
  const both = code === undefined || words.includes(code) ? words : [code, words].filter((part) => part !== '').join(': ')
  const message = both.replaceAll(/\p{Cc}+/gu, ' ').slice(0, longestError)
  const answered = error instanceof Error && 'responseCode' in error && typeof error.responseCode === 'number' ? error.responseCode : null
  return new DeliveryError(codeOf(error, code, answered), message || 'unknown error', answered, { cause: error })
}

function codeOf(error: unknown, code: string | undefined, answered: number | null): DeliveryErrorCode {
  // A URL that was taken once may be none any more: a setting has changed, or somebody wrote the row.
  if (error instanceof InvalidRequestError) return 'address_refused'
  const known = code === undefined ? undefined : networkCodes.find(([form]) => form.test(code))?.[1]
  return known === 'mail_login' || answered === null ? (known ?? 'unknown') : 'mail_refused'
}
