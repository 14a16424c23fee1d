import type { Command } from 'commander'
import {
  changePlanBudget,
  listPlanBudgets,
  type PlanBudget,
  planBudgetToJson,
  removePlanBudget,
  setPlanBudget,
} from '../../ledger/index.ts'
import { type CommandOptions, example, onStore, withJson } from '../command.ts'
import { formatAmount, formatCount } from '../format.ts'
import { right, table } from '../table.ts'
import { answer, type Terminal } from '../terminal.ts'
import { withStore } from '../with-store.ts'
import {
  type ChangeOptions,
  type KindOptions,
  type SettingsOptions,
  toSettings,
  withKind,
  withNewKind,
  withSettings,
} from './budget-options.ts'

/** What the clients of a plan are held to while they have no budget of their own. */
export function addPlanCommands(budget: Command, terminal: Terminal): void {
  const group = budget.command('plan').description("a plan's default budgets: each client of it without a budget of its own has them")
  addSet(group, terminal)
  addChange(group, terminal)
  const list = withJson(onStore(group.command('list').argument('[plan]', 'only this plan'))).description('default budgets of plans')
  example(list, 'npx catraca budget plan list', 'npx catraca budget plan list pro --json').action(
    (plan: string | undefined, options: CommandOptions) =>
      withStore(terminal, options, async ({ owner }) => {
        const budgets = await listPlanBudgets(owner, plan)
        answer(terminal, options, budgets.map(planBudgetToJson), () => planTable(budgets, terminal))
      }),
  )
  addRemove(group, terminal)
}

function addSet(group: Command, terminal: Terminal): void {
  const command = group
    .command('set')
    .description('create a default budget, or change the one of the same type and period')
    .argument('<plan>')
  example(
    withJson(onStore(withSettings(withKind(command)))),
    'npx catraca budget plan set pro --type brl --period monthly --limit 200 --hard',
  ).action((plan: string, options: KindOptions & SettingsOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const { type, period } = options
      const { isNew } = await setPlanBudget(owner, { plan, type, period, ...toSettings(options) })
      const budgets = (await listPlanBudgets(owner, plan)).filter((one) => one.type === type && one.period === period)
      answer(terminal, options, budgets[0] && planBudgetToJson(budgets[0]), () => {
        return `${isNew ? 'Created' : 'Changed'} a budget of plan ${plan}:\n\n${planTable(budgets, terminal)}`
      })
    }),
  )
}

function addChange(group: Command, terminal: Terminal): void {
  const command = group
    .command('change')
    .description('make a default budget one of another type or period, with calls under way')
    .argument('<plan>')
  example(
    withJson(onStore(withSettings(withNewKind(withKind(command))))),
    'npx catraca budget plan change pro --type tokens --period daily --to-type brl --limit 5',
  ).action((plan: string, options: ChangeOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const { type, period, toType, toPeriod } = options
      await changePlanBudget(owner, { plan, type, period }, { type: toType, period: toPeriod, ...toSettings(options) })
      const kind = { type: toType ?? type, period: toPeriod ?? period }
      const budgets = (await listPlanBudgets(owner, plan)).filter((one) => one.type === kind.type && one.period === kind.period)
      answer(
        terminal,
        options,
        budgets[0] && planBudgetToJson(budgets[0]),
        () => `Changed a budget of plan ${plan}:\n\n${planTable(budgets, terminal)}`,
      )
    }),
  )
}

function addRemove(group: Command, terminal: Terminal): void {
  const command = group.command('remove').description("delete a default budget, and its clients' copies of it").argument('<plan>')
  example(withJson(onStore(withKind(command))), 'npx catraca budget plan remove pro --type brl --period monthly').action(
    (plan: string, options: KindOptions) =>
      withStore(terminal, options, async ({ owner }) => {
        const { type, period } = options
        await removePlanBudget(owner, { plan, type, period })
        answer(terminal, options, { removed: { plan, type, period } }, () => `Removed the ${period} ${type} budget of plan ${plan}.`)
      }),
  )
}

function planTable(budgets: readonly PlanBudget[], terminal: Terminal): string {
  if (budgets.length === 0)
    return 'No plan has a default budget. Make one: npx catraca budget plan set free --type tokens --period daily --limit 100000'
  const columns = ['PLAN', 'BUDGET', right('LIMIT'), 'KIND', 'ALERTS', right('CLIENTS')]
  const rows = budgets.map((budget) => [
    budget.plan,
    `${budget.type} ${budget.period}`,
    formatAmount(budget.limit, budget.type, terminal.locale),
    budget.isHard ? 'hard' : 'soft',
    budget.alerts.length === 0 ? 'none' : budget.alerts.map((at) => `${at} %`).join(', '),
    formatCount(budget.clients, terminal.locale),
  ])
  return table(columns, rows, terminal)
}
