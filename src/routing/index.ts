export { explainFallback, explainPassedOver, explainWithoutKey } from './explain-fallback.ts'
export { planRoute, type RouteQuestion } from './plan-route.ts'
export { Retries } from './retries.ts'
export { TargetHealth, type Trial } from './target-health.ts'
