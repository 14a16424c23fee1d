import { IdempotencyError } from '../shared/errors.ts'

export const retryAfterMs = 1_000

export function reused(): IdempotencyError {
  return new IdempotencyError(
    'idempotency_key_reused',
    'This Idempotency-Key was used with another request within the last 24 hours. Take a new key for a new request.',
  )
}

export function inProgress(): IdempotencyError {
  return new IdempotencyError(
    'idempotency_in_progress',
    'The first call of this Idempotency-Key is still under way. Try again with the same key to get its answer.',
    { retryAfterMs },
  )
}

export function outcomeUnknown(firstCallId: string): IdempotencyError {
  return new IdempotencyError(
    'idempotency_outcome_unknown',
    'The first call of this Idempotency-Key was lost with the process that ran it. It is charged, as an estimate where its end was not recorded, and is not run again: take a new key.',
    { details: { first_call_id: firstCallId } },
  )
}

export function notKept(firstCallId: string): IdempotencyError {
  return new IdempotencyError(
    'idempotency_answer_not_kept',
    'The first call of this Idempotency-Key is over and charged, but its answer was too long to be kept (CATRACA_IDEMPOTENCY_MAX_BYTES) or has made room for later ones (CATRACA_IDEMPOTENCY_CLIENT_MB). Take a new key.',
    { details: { first_call_id: firstCallId } },
  )
}
