import { z } from 'zod'
import { explainCall } from '../../gateway/index.ts'
import { adminRoute } from './admin-route.ts'

/** `GET /api/admin/calls/{id}/explanation`: how one call came to its cost, as `catraca explain --json`. The id as there. */
export const explainRoute = adminRoute({
  method: 'GET',
  url: '/calls/:call/explanation',
  input: { params: z.object({ call: z.string().min(1).max(200) }) },
  handle: (context, { params }) => explainCall(context.owner, params.call),
})
