export type { ScopeCap } from './call-places.ts'
export type { LimitScope } from './limit-scope.ts'
export {
  Limiter,
  type LimitState,
  type LimitUnit,
  type ReachedLimit,
  type ScopeLimits,
  type WithinLimits,
} from './limiter.ts'
export { rateLimitHeaders } from './rate-limit-headers.ts'
export type { ReachedCap } from './sql/take-places.ts'
