import { z } from 'zod'
import { getClient } from '../../clients/index.ts'
import {
  type BudgetPlace,
  budgetToJson,
  changeBudget,
  endRaise,
  getBudget,
  listBudgets,
  pauseBudgets,
  raiseBudget,
  removeBudget,
  setBudget,
} from '../../ledger/index.ts'
import { adminRoute } from '../api/index.ts'
import type { HttpContext } from '../http-context.ts'
import { budget, change, clientName, kind, limit, settings, toChange, toSettings } from './budget-schemas.ts'

const url = '/clients/:client/budgets'
const params = kind.extend({ client: clientName })

/** An end: a length of time in seconds, a moment (a day or a time without a zone is the client's own), or the end of the period. */
const raise = z.strictObject({
  limit,
  until: z.union([
    z.strictObject({ seconds: z.number().positive() }),
    z.strictObject({
      at: z.string().regex(/^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:?\d{2})?)?$/, 'write 2027-01-31 or 2027-01-31T18:00'),
    }),
    z.literal('end_of_period'),
  ]),
})

async function placeOf({ owner }: HttpContext, { client, type, period }: z.infer<typeof params>): Promise<BudgetPlace> {
  return { clientId: (await getClient(owner, client)).id, type, period }
}

async function shown(context: HttpContext, place: BudgetPlace) {
  return budgetToJson(await getBudget(context.owner, place))
}

/** `/api/admin/clients/{client}/budgets`: what `catraca budget` does. The client is a slug or an id; answers are as with `--json`. */
export const budgetRoutes = [
  adminRoute({
    method: 'GET',
    url,
    summary: 'What counts for the client now',
    access: 'read',
    output: z.array(budget),
    input: { params: z.object({ client: clientName }) },
    handle: async ({ owner }, input) => (await listBudgets(owner, [(await getClient(owner, input.params.client)).id])).map(budgetToJson),
  }),
  adminRoute({
    method: 'PUT',
    url: `${url}/:type/:period`,
    summary: 'Creates a budget or changes it',
    access: 'write',
    output: budget,
    input: { params, body: settings },
    async handle(context, input) {
      const place = await placeOf(context, input.params)
      await setBudget(context.owner, { ...place, ...toSettings(input.body) })
      return await shown(context, place)
    },
  }),
  adminRoute({
    method: 'PATCH',
    url: `${url}/:type/:period`,
    summary: 'Makes it a budget of another kind or size, while calls run',
    access: 'write',
    output: budget,
    input: { params, body: change },
    async handle(context, input) {
      const place = await placeOf(context, input.params)
      const to = toChange(input.body)
      await changeBudget(context.owner, place, to)
      return await shown(context, { ...place, type: to.type ?? place.type, period: to.period ?? place.period })
    },
  }),
  adminRoute({
    method: 'DELETE',
    url: `${url}/:type/:period`,
    summary: 'Removes it; after the last one the client has its plan’s defaults',
    access: 'write',
    output: z.object({ removed: z.literal(true) }),
    input: { params },
    async handle(context, input) {
      await removeBudget(context.owner, await placeOf(context, input.params))
      return { removed: true } as const
    },
  }),
  adminRoute({
    method: 'PUT',
    url: `${url}/:type/:period/raise`,
    summary: 'A higher limit until an end',
    access: 'write',
    output: budget,
    input: { params, body: raise },
    async handle(context, input) {
      const place = await placeOf(context, input.params)
      await raiseBudget(context.owner, place, input.body)
      return await shown(context, place)
    },
  }),
  adminRoute({
    method: 'DELETE',
    url: `${url}/:type/:period/raise`,
    summary: 'Ends a raise',
    access: 'write',
    output: budget,
    input: { params },
    async handle(context, input) {
      const place = await placeOf(context, input.params)
      await endRaise(context.owner, place)
      return await shown(context, place)
    },
  }),
  ...(['pause', 'resume'] as const).map((verb) =>
    adminRoute({
      method: 'POST',
      url: `${url}/:type/:period/${verb}`,
      summary: verb === 'pause' ? 'The operator’s own stop' : 'Ends the stop',
      access: 'write',
      output: budget,
      input: { params },
      async handle(context, input) {
        const place = await placeOf(context, input.params)
        await pauseBudgets(context.owner, place, verb === 'pause')
        return await shown(context, place)
      },
    }),
  ),
]
