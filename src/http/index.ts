export { type AdminApi, adminRoutes } from './admin/index.ts'
export { createApp } from './app.ts'
export type { HttpContext, TestGatewayResult } from './http-context.ts'
export type { PortalApi } from './portal/index.ts'
