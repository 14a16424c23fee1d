export { adminApi } from './admin-api.ts'
export { type AdminApi, adminRoutes } from './routes.ts'
