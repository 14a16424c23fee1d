import type { TypesOf } from '../api/index.ts'
import { alertsRoute } from './alerts.ts'
import { auditRoute } from './audit.ts'
import { budgetRoutes } from './budgets.ts'
import { callsRoute } from './calls.ts'
import { clientKeyRoutes } from './client-keys.ts'
import { clientRoutes } from './clients.ts'
import { exchangeRateRoute } from './exchange-rate.ts'
import { explainRoute } from './explain.ts'
import { guardrailRoutes } from './guardrails.ts'
import { invitationRoutes } from './invitations.ts'
import { modelRouteRoutes } from './model-routes.ts'
import { modelRoutes } from './models.ts'
import { notificationRoutes } from './notification-channels.ts'
import { channelDeliveriesRoute } from './notification-deliveries.ts'
import { overviewRoute } from './overview.ts'
import { planBudgetRoutes } from './plan-budgets.ts'
import { providerNamesRoute } from './provider-names.ts'
import { semanticCacheRoutes } from './semantic-cache.ts'
import { setupRoutes } from './setup.ts'
import { statementRoutes } from './statement.ts'
import { usageRoutes } from './usage.ts'
import { userRoutes } from './users.ts'
import { whatsappRoutes } from './whatsapp.ts'
import { whatsappBotRoutes } from './whatsapp-bot.ts'
import { whatsappChannelRoutes } from './whatsapp-channels.ts'
import { conversationRoutes } from './whatsapp-conversations.ts'

/** All of `/api/admin`, in the order of the document. */
export const adminRoutes = [
  overviewRoute,
  ...setupRoutes,
  ...clientRoutes,
  ...budgetRoutes,
  ...clientKeyRoutes,
  ...guardrailRoutes,
  ...semanticCacheRoutes,
  ...planBudgetRoutes,
  ...modelRoutes,
  ...modelRouteRoutes,
  providerNamesRoute,
  exchangeRateRoute,
  callsRoute,
  explainRoute,
  ...usageRoutes,
  ...statementRoutes,
  alertsRoute,
  ...notificationRoutes,
  channelDeliveriesRoute,
  auditRoute,
  ...userRoutes,
  ...invitationRoutes,
  ...whatsappRoutes,
  ...whatsappBotRoutes,
  ...whatsappChannelRoutes,
  ...conversationRoutes,
] as const

/** `'GET /alerts'` → its params, query, body and output; what the dashboard is compiled against. */
export type AdminApi = TypesOf<typeof adminRoutes>
