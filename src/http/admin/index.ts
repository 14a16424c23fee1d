export { adminApi } from './admin-api.ts'
