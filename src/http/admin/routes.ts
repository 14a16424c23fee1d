import type { TypesOf } from '../api/index.ts'
import { alertsRoute } from './alerts.ts'
import { auditRoute } from './audit.ts'
import { budgetRoutes } from './budgets.ts'
import { clientKeyRoutes } from './client-keys.ts'
import { clientRoutes } from './clients.ts'
import { explainRoute } from './explain.ts'
import { guardrailRoutes } from './guardrails.ts'
import { modelRouteRoutes } from './model-routes.ts'
import { modelRoutes } from './models.ts'
import { planBudgetRoutes } from './plan-budgets.ts'
import { setupRoutes } from './setup.ts'

/** All of `/api/admin`, in the order of the document. */
export const adminRoutes = [
  ...setupRoutes,
  ...clientRoutes,
  ...budgetRoutes,
  ...clientKeyRoutes,
  ...guardrailRoutes,
  ...planBudgetRoutes,
  ...modelRoutes,
  ...modelRouteRoutes,
  explainRoute,
  alertsRoute,
  auditRoute,
] as const

/** `'GET /alerts'` → its params, query, body and output; what the dashboard is compiled against. */
export type AdminApi = TypesOf<typeof adminRoutes>
