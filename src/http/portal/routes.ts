import type { TypesOf } from '../api/index.ts'
import { alertsRoute } from './alerts.ts'
import { budgetsRoute } from './budgets.ts'
import { callsRoute } from './calls.ts'
import { keyRoutes } from './keys.ts'
import { meRoute } from './me.ts'
import { statementRoutes } from './statement.ts'
import { usageRoutes } from './usage.ts'

/** All of `/api/portal`, in the order of the document. Each answers for the caller's own client only. */
export const portalRoutes = [meRoute, budgetsRoute, ...usageRoutes, callsRoute, ...statementRoutes, ...keyRoutes, alertsRoute] as const

/** As `AdminApi`, for the portal's pages. */
export type PortalApi = TypesOf<typeof portalRoutes>
