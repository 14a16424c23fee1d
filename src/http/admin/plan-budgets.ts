import { z } from 'zod'
import { countPlans } from '../../clients/index.ts'
import { changePlanBudget, listPlanBudgets, planBudgetToJson, removePlanBudget, setPlanBudget } from '../../ledger/index.ts'
import { adminRoute, count } from '../api/index.ts'
import { change, kind, planBudget, settings, toChange, toSettings } from './budget-schemas.ts'

const plan = z.string().min(1).max(100)
const params = kind.extend({ plan })
const url = '/plans/:plan/budgets'

/** `/api/admin/plans/{plan}/budgets`: the defaults that count for a plan's clients while they have no budget of their own. */
export const planBudgetRoutes = [
  adminRoute({
    method: 'GET',
    url: '/plans',
    summary: 'Plans that clients are on or that have defaults; a plan is nothing but its name',
    access: 'read',
    output: z.array(z.object({ plan: z.string(), clients: count, budgets: z.array(planBudget) })),
    input: {},
    async handle({ owner }) {
      const [counts, budgets] = await Promise.all([countPlans(owner), listPlanBudgets(owner)])
      const names = new Set([...counts, ...budgets].map(({ plan: name }) => name))
      return [...names].sort().map((name) => ({
        plan: name,
        clients: counts.find((each) => each.plan === name)?.clients ?? 0,
        budgets: budgets.filter((each) => each.plan === name).map(planBudgetToJson),
      }))
    },
  }),
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
