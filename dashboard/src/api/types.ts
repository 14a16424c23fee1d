import type { AdminApi, PortalApi } from '../../../src/http/index.ts'

/** What a route of the admin API answers, by its own schema: `Answer<'GET /clients/:client'>`. */
export type Answer<Route extends keyof AdminApi> = AdminApi[Route]['output']

/** A row of a list: `Item<'GET /clients'>`. */
export type Item<Route extends keyof AdminApi> = Answer<Route> extends { items: (infer Row)[] } ? Row : never

/** What a route takes as its body. */
export type Body<Route extends keyof AdminApi> = AdminApi[Route]['body']

/** The same of the portal's routes. */
export type PortalAnswer<Route extends keyof PortalApi> = PortalApi[Route]['output']
export type PortalItem<Route extends keyof PortalApi> = PortalAnswer<Route> extends { items: (infer Row)[] } ? Row : never
export type PortalBody<Route extends keyof PortalApi> = PortalApi[Route]['body']
