import { type ComponentType, lazy } from 'react'
import type { RouteObject } from 'react-router'
import { AuthLayout } from './layout/auth-layout.tsx'
import { OpenLayout } from './layout/open-layout.tsx'
import { RouteError } from './layout/route-error.tsx'
import { OperatorShell, OwnShell, PortalShell } from './layout/shells.tsx'

/** A page, loaded when it is first opened: its own code is no part of the first load. */
function page<Name extends string>(path: string, load: () => Promise<Record<Name, ComponentType>>, name: Name): RouteObject {
  const Component = lazy(async () => ({ default: (await load())[name] as ComponentType }))
  return { path, element: <Component />, errorElement: <RouteError /> }
}

const operatorPages = [
  page('/', () => import('./pages/home/index.tsx'), 'HomePage'),
  page('/configuration', () => import('./pages/configuration/index.tsx'), 'ConfigurationPage'),
  page('/clients', () => import('./pages/clients/index.tsx'), 'ClientsPage'),
  page('/clients/:client', () => import('./pages/client/index.tsx'), 'ClientPage'),
  page('/usage', () => import('./pages/usage/index.tsx'), 'UsagePage'),
  page('/usage/:call', () => import('./pages/call/index.tsx'), 'CallPage'),
  page('/models', () => import('./pages/models/index.tsx'), 'ModelsPage'),
  page('/playground', () => import('./pages/playground/index.tsx'), 'PlaygroundPage'),
  page('/alerts', () => import('./pages/alerts/index.tsx'), 'AlertsPage'),
  page('/audit', () => import('./pages/audit/index.tsx'), 'AuditPage'),
  page('/users', () => import('./pages/users/index.tsx'), 'UsersPage'),
  page('/whatsapp', () => import('./pages/whatsapp/index.tsx'), 'WhatsappPage'),
]

const portalPages = [
  page('/portal', () => import('./pages/portal-budgets/index.tsx'), 'PortalBudgetsPage'),
  page('/portal/usage', () => import('./pages/portal-usage/index.tsx'), 'PortalUsagePage'),
  page('/portal/statement', () => import('./pages/portal-statement/index.tsx'), 'PortalStatementPage'),
  page('/portal/keys', () => import('./pages/portal-keys/index.tsx'), 'PortalKeysPage'),
]

const ownPages = [page('/account', () => import('./pages/account/index.tsx'), 'AccountPage')]

const authPages = [
  page('/login', () => import('./pages/login/index.tsx'), 'LoginPage'),
  page('/login/two-factor', () => import('./pages/two-factor/index.tsx'), 'TwoFactorPage'),
  page('/setup', () => import('./pages/setup/index.tsx'), 'SetupPage'),
  page('/invitation', () => import('./pages/invitation/index.tsx'), 'InvitationPage'),
  page('/reset-password', () => import('./pages/reset-password/index.tsx'), 'ResetPasswordPage'),
  page('*', () => import('./pages/not-found/index.tsx'), 'NotFoundPage'),
]

/** For everybody, signed in or not. */
const openPages = [page('/api/docs', () => import('./pages/api-docs/index.tsx'), 'ApiDocsPage')]

export const routes: RouteObject[] = [
  { element: <OperatorShell />, errorElement: <RouteError />, children: operatorPages },
  { element: <PortalShell />, errorElement: <RouteError />, children: portalPages },
  { element: <OwnShell />, errorElement: <RouteError />, children: ownPages },
  { element: <OpenLayout />, errorElement: <RouteError />, children: openPages },
  { element: <AuthLayout />, errorElement: <RouteError />, children: authPages },
]
