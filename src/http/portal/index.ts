export { portalApi } from './portal-api.ts'
export { type PortalApi, portalRoutes } from './routes.ts'
