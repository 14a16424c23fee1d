import { z } from 'zod'
import { explainCall } from '../../gateway/index.ts'
import { adminRoute, count } from '../api/index.ts'

/** `GET /api/admin/calls/{id}/explanation`: how one call came to its cost, as `catraca explain --json`. The id as there. */
export const explainRoute = adminRoute({
  method: 'GET',
  url: '/calls/:call/explanation',
  summary: 'How one call came to its cost: prices, rate, attempts, and the budgets it moved',
  access: 'read',
  output: z.looseObject({ call_id: z.string(), state: z.enum(['settled', 'in_flight', 'not_booked', 'archived']), rows: count }),
  input: { params: z.object({ call: z.string().min(1).max(200) }) },
  handle: async (context, { params }) => ({ ...(await explainCall(context.owner, params.call)) }),
})
