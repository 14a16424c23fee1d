/**
 * Every error that a caller can see, in one registry: its class, HTTP status, whether the caller may retry and whether the
 * gateway may go on to the next target. `docs/errors.md` is checked against it by a test.
 */
export const errorCodes = {
  invalid_body: { httpStatus: 400, retryable: false, fallback: false },
  unknown_model: { httpStatus: 404, retryable: false, fallback: false },
  not_found: { httpStatus: 404, retryable: false, fallback: false },
  content_blocked: { httpStatus: 400, retryable: false, fallback: false },
  input_too_long: { httpStatus: 400, retryable: false, fallback: false },
  content_flagged: { httpStatus: 400, retryable: false, fallback: false },
  body_too_large: { httpStatus: 413, retryable: false, fallback: false },
  key_missing: { httpStatus: 401, retryable: false, fallback: false },
  key_unknown: { httpStatus: 401, retryable: false, fallback: false },
  key_revoked: { httpStatus: 401, retryable: false, fallback: false },
  admin_closed: { httpStatus: 403, retryable: false, fallback: false },
  not_allowed: { httpStatus: 403, retryable: false, fallback: false },
  origin_mismatch: { httpStatus: 403, retryable: false, fallback: false },
  gateway_disabled: { httpStatus: 403, retryable: false, fallback: false },
  model_not_allowed: { httpStatus: 403, retryable: false, fallback: false },
  budget_exceeded: { httpStatus: 402, retryable: false, fallback: false },
  client_paused: { httpStatus: 402, retryable: false, fallback: false },
  idempotency_key_reused: { httpStatus: 409, retryable: false, fallback: false },
  idempotency_in_progress: { httpStatus: 409, retryable: true, fallback: false },
  idempotency_outcome_unknown: { httpStatus: 409, retryable: false, fallback: false },
  idempotency_answer_not_kept: { httpStatus: 409, retryable: false, fallback: false },
  rate_limited: { httpStatus: 429, retryable: true, fallback: false },
  concurrency_limited: { httpStatus: 429, retryable: true, fallback: false },
  budget_busy: { httpStatus: 429, retryable: true, fallback: false },
  gateway_busy: { httpStatus: 503, retryable: true, fallback: false },
  upstream_invalid_request: { httpStatus: 400, retryable: false, fallback: false },
  upstream_auth: { httpStatus: 502, retryable: false, fallback: true },
  upstream_rate_limited: { httpStatus: 429, retryable: true, fallback: true },
  upstream_overloaded: { httpStatus: 503, retryable: true, fallback: true },
  upstream_timeout: { httpStatus: 504, retryable: true, fallback: true },
  upstream_unreachable: { httpStatus: 502, retryable: true, fallback: true },
  moderation_unavailable: { httpStatus: 503, retryable: true, fallback: false },
  stream_cut: { httpStatus: 502, retryable: false, fallback: true },
  malformed_response: { httpStatus: 502, retryable: false, fallback: true },
  ledger_unavailable: { httpStatus: 503, retryable: true, fallback: false },
  no_shared_configuration: { httpStatus: 503, retryable: false, fallback: false },
  failed_to_decrypt_key: { httpStatus: 503, retryable: false, fallback: false },
  gateway_without_keys: { httpStatus: 503, retryable: false, fallback: false },
  no_exchange_rate: { httpStatus: 503, retryable: false, fallback: false },
  config_invalid: { httpStatus: 503, retryable: false, fallback: false },
  ledger_unbalanced: { httpStatus: 500, retryable: false, fallback: false },
  internal: { httpStatus: 500, retryable: false, fallback: false },
} as const

export type ErrorCode = keyof typeof errorCodes

export interface ErrorOptions {
  /** Machine-readable facts about the refusal; goes to the caller, so never a key, a prompt or a host. */
  details?: Record<string, unknown>
  /** The status the upstream answered with, where it is to be passed on instead of the registry's. */
  httpStatus?: number
  /** How long the caller should wait before it tries again. */
  retryAfterMs?: number
  /** Whether the next target may be tried, where this case differs from the registry's. */
  fallback?: boolean
  cause?: unknown
}

/** What every refusal and failure of the gateway is. `message` is fit for the caller: it names no key, prompt or internal host. */
export abstract class GatewayError extends Error {
  readonly code: ErrorCode
  readonly httpStatus: number
  /** May the caller send the same call again? */
  readonly retryable: boolean
  /** May the gateway try the next target? */
  readonly fallback: boolean
  readonly details: Record<string, unknown>
  readonly retryAfterMs: number | undefined

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = code
    this.httpStatus = options.httpStatus ?? errorCodes[code].httpStatus
    this.retryable = errorCodes[code].retryable
    this.fallback = options.fallback ?? errorCodes[code].fallback
    this.details = options.details ?? {}
    this.retryAfterMs = options.retryAfterMs
  }

  get publicMessage(): string {
    return this.message
  }

  /** The code's entry in the documents that the gateway serves. */
  get documentationPath(): string {
    return `/docs/errors#${this.code}`
  }
}

/** The call itself is wrong: no retry will make it right. */
export class InvalidRequestError extends GatewayError {
  constructor(
    code: 'invalid_body' | 'unknown_model' | 'not_found' | 'body_too_large' | 'content_blocked' | 'content_flagged' | 'input_too_long',
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, message, options)
  }
}

/** We do not know who is calling. */
export class AuthenticationError extends GatewayError {
  constructor(code: 'key_missing' | 'key_unknown' | 'key_revoked', message: string, options?: ErrorOptions) {
    super(code, message, options)
  }
}

/** We know who is calling, and they may not. */
export class PermissionError extends GatewayError {
  constructor(
    code: 'admin_closed' | 'not_allowed' | 'origin_mismatch' | 'gateway_disabled' | 'model_not_allowed',
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, message, options)
  }
}

/** The budget is spent or paused. 402, because SDKs retry a 429 and retrying cannot help here. */
export class BudgetExceededError extends GatewayError {
  constructor(code: 'budget_exceeded' | 'client_paused', message: string, options?: ErrorOptions) {
    super(code, message, options)
  }
}

/** The call's Idempotency-Key stands for another request, or for a call whose answer is not there. Nothing was spent on this one. */
export class IdempotencyError extends GatewayError {
  constructor(
    code: 'idempotency_key_reused' | 'idempotency_in_progress' | 'idempotency_outcome_unknown' | 'idempotency_answer_not_kept',
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, message, options)
  }
}

/** The money, the quota or the room is there, only not at this moment. */
export class RateLimitedError extends GatewayError {
  constructor(code: 'rate_limited' | 'concurrency_limited' | 'budget_busy' | 'gateway_busy', message: string, options?: ErrorOptions) {
    super(code, message, options)
  }
}

/** The provider understood the call and said no. */
export class UpstreamRejectedError extends GatewayError {
  constructor(code: 'upstream_invalid_request' | 'upstream_auth', message: string, options?: ErrorOptions) {
    super(code, message, options)
  }
}

/** The provider could not be reached or had no capacity. */
export class UpstreamUnavailableError extends GatewayError {
  constructor(
    code: 'upstream_rate_limited' | 'upstream_overloaded' | 'upstream_timeout' | 'upstream_unreachable' | 'moderation_unavailable',
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, message, options)
  }
}

/** The provider's answer broke off or made no sense. */
export class UpstreamBrokenError extends GatewayError {
  constructor(code: 'stream_cut' | 'malformed_response', message: string, options?: ErrorOptions) {
    super(code, message, options)
  }
}

/** The database that keeps the budgets cannot be reached: a client with a hard budget is refused rather than let through unchecked. */
export class LedgerUnavailableError extends GatewayError {
  constructor(message: string, options?: ErrorOptions) {
    super('ledger_unavailable', message, options)
  }
}

/** The operator has something to put right; the message says what. */
export class ConfigurationError extends GatewayError {
  constructor(
    code: 'no_shared_configuration' | 'failed_to_decrypt_key' | 'gateway_without_keys' | 'no_exchange_rate' | 'config_invalid',
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, message, options)
  }
}

/** Something that must never happen has happened: an alert, not a message to act on. */
export class InvariantError extends GatewayError {
  constructor(code: 'ledger_unbalanced' | 'internal', message: string, options?: ErrorOptions) {
    super(code, message, options)
  }
}

/** Anything thrown, as a GatewayError; what we did not foresee shows its cause to the log only. */
export function toGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  return new InvariantError('internal', 'Internal error: the call was not completed. The call id identifies it in the log.', {
    cause: error,
  })
}
