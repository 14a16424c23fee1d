import type { AdminApi } from '../../../src/http/index.ts'

/** What a route of the admin API answers, by its own schema: `Answer<'GET /clients/:client'>`. */
export type Answer<Route extends keyof AdminApi> = AdminApi[Route]['output']

/** A row of a list: `Item<'GET /clients'>`. */
export type Item<Route extends keyof AdminApi> = AdminApi[Route]['output'] extends { items: (infer Row)[] } ? Row : never

/** What a route takes as its body. */
export type Body<Route extends keyof AdminApi> = AdminApi[Route]['body']
