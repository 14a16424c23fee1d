import { account } from './account.ts'
import { alerts } from './alerts.ts'
import { apiDocs } from './api-docs.ts'
import { audit } from './audit.ts'
import { auth } from './auth.ts'
import { budgets } from './budgets.ts'
import { call } from './call.ts'
import { client } from './client.ts'
import { clients } from './clients.ts'
import { common } from './common.ts'
import { configuration } from './configuration.ts'
import { home } from './home.ts'
import { models } from './models.ts'
import { notifications } from './notifications.ts'
import { playground } from './playground.ts'
import { portalBudgets } from './portal-budgets.ts'
import { portalKeys } from './portal-keys.ts'
import { portalStatement } from './portal-statement.ts'
import { portalUsage } from './portal-usage.ts'
import { usage } from './usage.ts'
import { users } from './users.ts'
import { whatsapp } from './whatsapp.ts'

/** One file a page, so that two people never edit the same one. */
export const ptBr = {
  home,
  configuration,
  clients,
  client,
  usage,
  budgets,
  call,
  models,
  notifications,
  playground,
  alerts,
  audit,
  users,
  whatsapp,
  portalBudgets,
  portalUsage,
  portalStatement,
  portalKeys,
  common,
  auth,
  apiDocs,
  account,
}
