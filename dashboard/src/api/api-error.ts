/** A refusal or failure of the gateway, in its own words. `status` 0: it could not be reached. */
export class ApiError extends Error {
  readonly code: string
  readonly status: number
  /** What else the answer said, for example `problems` of a form. */
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: string, message: string, status: number, details: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.name = 'ApiError'
    this.code = code
    this.status = status
    this.details = details
  }
}
