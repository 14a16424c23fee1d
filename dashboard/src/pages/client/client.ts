import type { Answer } from '../../api/index.ts'

export type Client = Answer<'GET /clients/:client'>
export type Budget = Answer<'GET /clients/:client/budgets'>[number]

export const clientPath = (slug: string) => `/api/admin/clients/${encodeURIComponent(slug)}`
