/** Why a channel did not take a notification. The message is fit for the delivery log: it names no secret. */
export class DeliveryError extends Error {
  /** The receiver's: an HTTP status or an SMTP code. Null where it said nothing. */
  readonly responseCode: number | null

  constructor(message: string, responseCode: number | null, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.responseCode = responseCode
  }
}

const longestError = 300

/** Anything that a sender threw, as the delivery log keeps it. */
export function toDeliveryError(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const words = error instanceof Error ? error.message : String(error)
  const both = code === undefined || words.includes(code) ? words : [code, words].filter((part) => part !== '').join(': ')
  const message = both.replaceAll(/\p{Cc}+/gu, ' ').slice(0, longestError)
  const answered = error instanceof Error && 'responseCode' in error ? error.responseCode : undefined
  return new DeliveryError(message || 'unknown error', typeof answered === 'number' ? answered : null, { cause: error })
}
