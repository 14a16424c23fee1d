import type { Command } from 'commander'
import { getClient } from '../clients/index.ts'
import type { Queryable } from '../database/index.ts'
import {
  type BudgetPeriod,
  type BudgetPlace,
  type BudgetType,
  budgetToJson,
  changeBudget,
  endRaise,
  getBudget,
  listBudgets,
  pauseBudgets,
  type RaiseEnd,
  raiseBudget,
  removeBudget,
  setBudget,
} from '../ledger/index.ts'
import { InvalidRequestError } from '../shared/errors.ts'
import {
  type ChangeOptions,
  type KindOptions,
  periods,
  type SettingsOptions,
  toSettings,
  types,
  withKind,
  withNewKind,
  withSettings,
} from './budget/budget-options.ts'
import { addPlanCommands } from './budget/plan-budget.ts'
import { budgetTable, toMinutes } from './budget/render-budgets.ts'
import { type AddCommands, type CommandOptions, choice, example, onStore, withJson } from './command.ts'
import { UsageError } from './failure.ts'
import { formatAmount } from './format.ts'
import { namedClient } from './named-client.ts'
import { parseEnd } from './parse-time.ts'
import { answer, type Terminal } from './terminal.ts'
import { withStore } from './with-store.ts'

interface PauseOptions extends CommandOptions {
  type?: BudgetType
  period?: BudgetPeriod
}

interface RaiseOptions extends KindOptions {
  limit?: string
  until?: string
  end?: boolean
}

export const addBudgetCommands: AddCommands = (program, terminal) => {
  const group = program.command('budget').description('budgets: what a client may use in a day, a week or a month')
  addSet(group, terminal)
  const list = withJson(onStore(group.command('list').argument('[client]', 'slug or id'))).description(
    'budgets: used, limit, held by calls under way, when they reset',
  )
  example(list, 'npx catraca budget list', 'npx catraca budget list luisboff --json').action(
    (which: string | undefined, options: CommandOptions) =>
      withStore(terminal, options, async ({ owner }) => {
        const client = await namedClient(owner, which)
        const budgets = await listBudgets(owner, client && [client.id])
        answer(terminal, options, budgets.map(budgetToJson), () => budgetTable(budgets, terminal))
      }),
  )
  addChange(group, terminal)
  addRaise(group, terminal)
  addPause(group, terminal, 'pause', "refuse the client's calls until it is resumed", true)
  addPause(group, terminal, 'resume', 'take a pause back', false)
  addRemove(group, terminal)
  addPlanCommands(group, terminal)
}

function onClient(group: Command, verb: string, description: string): Command {
  return group.command(verb).description(description).argument('<client>', 'slug or id')
}

function addSet(group: Command, terminal: Terminal): void {
  const command = onClient(group, 'set', 'create a budget, or change the one of the same type and period: only what is given changes')
  example(
    withJson(onStore(withSettings(withKind(command)))),
    'npx catraca budget set luisboff --type brl --limit 49.90 --period monthly --hard',
    'npx catraca budget set luisboff --type tokens --limit 100000 --period daily --alerts 90,100',
    'npx catraca budget set luisboff --type brl --period monthly --soft',
  ).action((which: string, options: KindOptions & SettingsOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const client = await getClient(owner, which)
      const place: BudgetPlace = { clientId: client.id, type: options.type, period: options.period }
      if (options.limit === undefined) await refuseNewWithoutLimit(owner, place)
      const { isNew } = await setBudget(owner, { ...place, ...toSettings(options) })
      const budget = await getBudget(owner, place)
      answer(terminal, options, budgetToJson(budget), () => {
        const verb = isNew ? 'Created' : 'Changed'
        return `${verb} a ${budget.isHard ? 'hard' : 'soft'} budget of ${client.slug}:\n\n${budgetTable([budget], terminal)}`
      })
    }),
  )
}

function addChange(group: Command, terminal: Terminal): void {
  const command = onClient(
    group,
    'change',
    'make a budget one of another type or period, with calls under way; what was used is counted anew',
  )
  example(
    withJson(onStore(withSettings(withNewKind(withKind(command))))),
    'npx catraca budget change luisboff --type tokens --period daily --to-type brl --limit 5',
    'npx catraca budget change luisboff --type brl --period monthly --to-period weekly --limit 15',
  ).action((which: string, options: ChangeOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const client = await getClient(owner, which)
      const { type, period, toType, toPeriod } = options
      await changeBudget(owner, { clientId: client.id, type, period }, { type: toType, period: toPeriod, ...toSettings(options) })
      const budget = await getBudget(owner, { clientId: client.id, type: toType ?? type, period: toPeriod ?? period })
      answer(terminal, options, budgetToJson(budget), () => `Changed a budget of ${client.slug}:\n\n${budgetTable([budget], terminal)}`)
    }),
  )
}

function addRaise(group: Command, terminal: Terminal): void {
  const command = onClient(group, 'raise', 'raise the limit until an end; then the usual limit is in force again')
    .option('--limit <number>', 'how much until then')
    .option('--until <when>', "a length of time (+3d, 12h), a date (2027-01-31) or a time in the client's time zone, or end-of-period")
    .option('--end', 'end the raise now')
  example(
    withJson(onStore(withKind(command))),
    'npx catraca budget raise luisboff --type brl --period monthly --limit 100 --until +3d',
    'npx catraca budget raise luisboff --type brl --period monthly --limit 100 --until end-of-period',
    'npx catraca budget raise luisboff --type brl --period monthly --end',
  ).action((which: string, options: RaiseOptions) => {
    const raise = parseRaise(options)
    return withStore(terminal, options, async ({ owner }) => {
      const client = await getClient(owner, which)
      const place: BudgetPlace = { clientId: client.id, type: options.type, period: options.period }
      if (raise) await raiseBudget(owner, place, raise)
      else await endRaise(owner, place)
      const budget = await getBudget(owner, place)
      answer(terminal, options, budgetToJson(budget), () => {
        const limit = formatAmount(budget.limit, budget.type, terminal.locale)
        const until = budget.raisedUntil && ` until ${toMinutes(budget.raisedUntil, budget, terminal)} (${client.timeZone})`
        return `The ${budget.period} ${budget.type} budget of ${client.slug} is ${limit}${until ?? ' again'}.`
      })
    })
  })
}

/** Undefined: the raise is to end now. */
function parseRaise({ limit, until, end }: RaiseOptions): { limit: string; until: RaiseEnd } | undefined {
  if (end && (limit !== undefined || until !== undefined)) throw new UsageError('--end goes without --limit and --until')
  if (end) return undefined
  if (limit === undefined || until === undefined) throw new UsageError('A raise needs --limit and --until, or --end')
  return { limit, until: until === 'end-of-period' ? 'end_of_period' : parseEnd(until.replace(/^\+/, ''), '--until') }
}

function addPause(group: Command, terminal: Terminal, verb: string, description: string, isPaused: boolean): void {
  const command = onClient(group, verb, description)
    .addOption(choice('--type <type>', 'only budgets of this type', types))
    .addOption(choice('--period <period>', 'only budgets of this period', periods))
  example(withJson(onStore(command)), `npx catraca budget ${verb} luisboff`).action((which: string, options: PauseOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const client = await getClient(owner, which)
      const { type, period } = options
      const count = await pauseBudgets(owner, { clientId: client.id, type, period }, isPaused)
      const budgets = await listBudgets(owner, [client.id])
      answer(terminal, options, budgets.map(budgetToJson), () => {
        const effect = isPaused ? 'paused: calls are refused until "catraca budget resume"' : 'resumed'
        return `${count} ${count === 1 ? 'budget' : 'budgets'} of ${client.slug} ${effect}.`
      })
    }),
  )
}

function addRemove(group: Command, terminal: Terminal): void {
  const command = onClient(group, 'remove', "delete a budget with its counters; after its last one the client has its plan's")
  example(withJson(onStore(withKind(command))), 'npx catraca budget remove luisboff --type tokens --period daily').action(
    (which: string, options: KindOptions) =>
      withStore(terminal, options, async ({ owner }) => {
        const client = await getClient(owner, which)
        const { type, period } = options
        await removeBudget(owner, { clientId: client.id, type, period })
        const left = await listBudgets(owner, [client.id])
        answer(terminal, options, { removed: { client: client.slug, type, period }, budgets: left.map(budgetToJson) }, () => {
          return `Removed the ${period} ${type} budget of ${client.slug}.\n\n${budgetTable(left, terminal)}`
        })
      }),
  )
}

async function refuseNewWithoutLimit(owner: Queryable, { clientId, type, period }: BudgetPlace): Promise<void> {
  const isKnown = (await listBudgets(owner, [clientId])).some((budget) => budget.type === type && budget.period === period)
  if (!isKnown) throw new InvalidRequestError('not_found', `The client has no ${period} ${type} budget: a new one needs --limit`)
}
