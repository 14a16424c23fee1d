import { z } from 'zod'
import { changePlanBudget, listPlanBudgets, planBudgetToJson, removePlanBudget, setPlanBudget } from '../../ledger/index.ts'
import { adminRoute } from './admin-route.ts'
import { change, kind, settings, toChange, toSettings } from './budget-schemas.ts'

const plan = z.string().min(1).max(100)
const params = kind.extend({ plan })
const url = '/plans/:plan/budgets'

/** `/api/admin/plans/{plan}/budgets`: the defaults that count for a plan's clients while they have no budget of their own. */
export const planBudgetRoutes = [
  adminRoute({
    method: 'GET',
    url,
    input: { params: z.object({ plan }) },
    handle: async ({ owner }, input) => (await listPlanBudgets(owner, input.params.plan)).map(planBudgetToJson),
  }),
  adminRoute({
    method: 'PUT',
    url: `${url}/:type/:period`,
    input: { params, body: settings },
    async handle({ owner }, input) {
      await setPlanBudget(owner, { ...input.params, ...toSettings(input.body) })
      return (await listPlanBudgets(owner, input.params.plan)).map(planBudgetToJson)
    },
  }),
  adminRoute({
    method: 'PATCH',
    url: `${url}/:type/:period`,
    input: { params, body: change },
    async handle({ owner }, input) {
      await changePlanBudget(owner, input.params, toChange(input.body))
      return (await listPlanBudgets(owner, input.params.plan)).map(planBudgetToJson)
    },
  }),
  adminRoute({
    method: 'DELETE',
    url: `${url}/:type/:period`,
    input: { params },
    async handle({ owner }, input) {
      await removePlanBudget(owner, input.params)
      return (await listPlanBudgets(owner, input.params.plan)).map(planBudgetToJson)
    },
  }),
]
