export { authRoutes } from './auth-routes.ts'
export { type Caller, callerOf, isSame } from './caller-of.ts'
export { requireSameOrigin } from './same-origin.ts'
