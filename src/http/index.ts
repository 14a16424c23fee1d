export { createApp } from './app.ts'
export type { HttpContext, TestGatewayResult } from './http-context.ts'
