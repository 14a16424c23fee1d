import { z } from 'zod'
import { changePlanBudget, listPlanBudgets, planBudgetToJson, removePlanBudget, setPlanBudget } from '../../ledger/index.ts'
import { adminRoute } from '../api/index.ts'
import { change, kind, planBudget, settings, toChange, toSettings } from './budget-schemas.ts'

const plan = z.string().min(1).max(100)
const params = kind.extend({ plan })
const url = '/plans/:plan/budgets'

/** `/api/admin/plans/{plan}/budgets`: the defaults that count for a plan's clients while they have no budget of their own. */
export const planBudgetRoutes = [
  adminRoute({
    method: 'GET',
    url,
    summary: 'Defaults of a plan',
    access: 'read',
    output: z.array(planBudget),
    input: { params: z.object({ plan }) },
    handle: async ({ owner }, input) => (await listPlanBudgets(owner, input.params.plan)).map(planBudgetToJson),
  }),
  adminRoute({
    method: 'PUT',
    url: `${url}/:type/:period`,
    summary: 'Creates a default or changes it',
    access: 'write',
    output: z.array(planBudget),
    input: { params, body: settings },
    async handle({ owner }, input) {
      await setPlanBudget(owner, { ...input.params, ...toSettings(input.body) })
      return (await listPlanBudgets(owner, input.params.plan)).map(planBudgetToJson)
    },
  }),
  adminRoute({
    method: 'PATCH',
    url: `${url}/:type/:period`,
    summary: 'Makes it a default of another kind or size',
    access: 'write',
    output: z.array(planBudget),
    input: { params, body: change },
    async handle({ owner }, input) {
      await changePlanBudget(owner, input.params, toChange(input.body))
      return (await listPlanBudgets(owner, input.params.plan)).map(planBudgetToJson)
    },
  }),
  adminRoute({
    method: 'DELETE',
    url: `${url}/:type/:period`,
    summary: 'Removes a default, with the budgets that clients have of it',
    access: 'write',
    output: z.array(planBudget),
    input: { params },
    async handle({ owner }, input) {
      await removePlanBudget(owner, input.params)
      return (await listPlanBudgets(owner, input.params.plan)).map(planBudgetToJson)
    },
  }),
]
