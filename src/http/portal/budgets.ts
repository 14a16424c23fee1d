import { z } from 'zod'
import { budgetToJson, listBudgets } from '../../ledger/index.ts'
import { budget } from '../admin/budget-schemas.ts'
import { portalRoute } from '../api/index.ts'

/** `GET /api/portal/budgets`: what counts for the client now. */
export const budgetsRoute = portalRoute({
  method: 'GET',
  url: '/budgets',
  summary: 'What counts now: limit, used, and when it begins anew',
  access: 'read',
  output: z.array(budget),
  input: {},
  handle: async ({ owner, clientId }) => (await listBudgets(owner, [clientId])).map(budgetToJson),
})
