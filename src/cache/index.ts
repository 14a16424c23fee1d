export type { KeptAnswer } from './flight.ts'
export type { KeyClaim } from './held-keys.ts'
export { IdempotencyKeys, type IdempotencyOptions, isClaim, type KeyedRequest } from './idempotency.ts'
export { checkIdempotencyKey } from './idempotency-key.ts'
