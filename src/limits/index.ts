export {
  Limiter,
  type LimitScope,
  type LimitState,
  type LimitUnit,
  type ReachedLimit,
  type ScopeLimits,
  type WithinLimits,
} from './limiter.ts'
export { rateLimitHeaders } from './rate-limit-headers.ts'
