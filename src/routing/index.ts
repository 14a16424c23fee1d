export { explainFallback, explainWithoutKey } from './explain-fallback.ts'
export { planRoute, type RouteQuestion } from './plan-route.ts'
