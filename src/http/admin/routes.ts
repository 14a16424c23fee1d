import type { TypesOf } from '../api/index.ts'
import { alertsRoute } from './alerts.ts'
import { budgetRoutes } from './budgets.ts'
import { explainRoute } from './explain.ts'
import { planBudgetRoutes } from './plan-budgets.ts'

/** All of `/api/admin`, in the order of the document. */
export const adminRoutes = [...budgetRoutes, ...planBudgetRoutes, explainRoute, alertsRoute] as const

/** `'GET /alerts'` → its params, query, body and output; what the dashboard is compiled against. */
export type AdminApi = TypesOf<typeof adminRoutes>
