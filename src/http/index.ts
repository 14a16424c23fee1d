export type { AdminApi } from './admin/index.ts'
export { createApp } from './app.ts'
export type { HttpContext, TestGatewayResult } from './http-context.ts'
