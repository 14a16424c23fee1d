import { type Command, Option } from 'commander'
import { getClient } from '../clients/index.ts'
import { type Budget, type BudgetPeriod, type BudgetType, listBudgets, pauseBudgets, plainAmount, setBudget } from '../ledger/index.ts'
import { type AddCommands, type CommandOptions, choice, example, onStore, withJson } from './command.ts'
import { formatAmount, formatPercent, formatTime } from './format.ts'
import { table } from './table.ts'
import { answer, type Terminal } from './terminal.ts'
import { withStore } from './with-store.ts'

const types: readonly BudgetType[] = ['tokens', 'brl', 'usd']
const periods: readonly BudgetPeriod[] = ['daily', 'weekly', 'monthly']

interface SetOptions extends CommandOptions {
  type: BudgetType
  period: BudgetPeriod
  limit: string
  hard?: boolean
  soft?: boolean
}

interface PauseOptions extends CommandOptions {
  type?: BudgetType
  period?: BudgetPeriod
}

export const addBudgetCommands: AddCommands = (program, terminal) => {
  const group = program.command('budget').description('budgets: what a client may use in a day, a week or a month')
  addSet(group, terminal)
  const list = withJson(onStore(group.command('list').argument('[client]', 'slug or id'))).description('budgets and what they stand at')
  example(list, 'npx catraca budget list', 'npx catraca budget list luisboff --json').action(
    (which: string | undefined, options: CommandOptions) =>
      withStore(terminal, options, async ({ owner }) => {
        const client = which === undefined ? undefined : await getClient(owner, which)
        const budgets = await listBudgets(owner, client && [client.id])
        answer(terminal, options, budgets.map(budgetToJson), () => budgetTable(budgets, terminal))
      }),
  )
  addPause(group, terminal, 'pause', "refuse the client's calls until it is resumed", true)
  addPause(group, terminal, 'resume', 'take a pause back', false)
}

function addSet(group: Command, terminal: Terminal): void {
  const command = group
    .command('set')
    .description('create a budget, or change the one of the same type and period')
    .argument('<client>', 'slug or id')
    .addOption(choice('--type <type>', 'what is counted', types).makeOptionMandatory())
    .requiredOption('--limit <number>', 'how much: tokens, reais or dollars')
    .addOption(choice('--period <period>', "by the calendar of the client's time zone", periods).makeOptionMandatory())
    .addOption(new Option('--hard', 'refuse calls that do not fit (402)').conflicts('soft'))
    .option('--soft', 'only count and alert (the default of a new budget)')
  example(
    withJson(onStore(command)),
    'npx catraca budget set luisboff --type brl --limit 49.90 --period monthly --hard',
    'npx catraca budget set luisboff --type tokens --limit 100000 --period daily',
  ).action((which: string, options: SetOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const client = await getClient(owner, which)
      const { type, period, limit } = options
      const isHard = options.hard ? true : options.soft ? false : undefined
      const { isNew } = await setBudget(owner, { clientId: client.id, type, period, limit, isHard })
      const budget = (await listBudgets(owner, [client.id])).find((one) => one.type === type && one.period === period)
      answer(terminal, options, budget && budgetToJson(budget), () => {
        const verb = isNew ? 'Created' : 'Changed'
        return `${verb} a ${budget?.isHard ? 'hard' : 'soft'} budget of ${client.slug}:\n\n${budgetTable(budget ? [budget] : [], terminal)}`
      })
    }),
  )
}

function addPause(group: Command, terminal: Terminal, verb: string, description: string, isPaused: boolean): void {
  const command = group
    .command(verb)
    .description(description)
    .argument('<client>', 'slug or id')
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

export function budgetTable(budgets: readonly Budget[], terminal: Terminal): string {
  if (budgets.length === 0)
    return 'No budgets. Without one a client is unlimited: npx catraca budget set CLIENT --type brl --limit 50 --period monthly --hard'
  const { locale } = terminal
  const right = 'right' as const
  const columns = [
    { title: 'CLIENT' },
    { title: 'BUDGET' },
    { title: 'USED', align: right },
    { title: 'LIMIT', align: right },
    { title: '%', align: right },
    { title: 'HELD', align: right },
    { title: 'KIND' },
    { title: 'RESETS' },
  ]
  const rows = budgets.map((budget) => [
    budget.clientSlug,
    `${budget.type} ${budget.period}${budget.isFromPlan ? ' (plan)' : ''}`,
    formatAmount(budget.used, budget.type, locale),
    formatAmount(budget.limit, budget.type, locale),
    budget.used > 0n && Number(budget.percentage) === 0 ? `<${formatPercent('0.01', locale)}` : formatPercent(budget.percentage, locale),
    budget.reserved === 0n ? '-' : formatAmount(budget.reserved, budget.type, locale),
    `${budget.isHard ? 'hard' : 'soft'}${budget.isPaused ? ', PAUSED' : ''}`,
    `${formatTime(budget.resetsAt, budget.timeZone, locale).slice(0, -3)} ${budget.timeZone}`,
  ])
  return table(columns, rows, (line) => terminal.style('bold', line))
}

/** Amounts are in the budget's own unit. */
export function budgetToJson(budget: Budget) {
  return {
    id: budget.id,
    client: budget.clientSlug,
    type: budget.type,
    period: budget.period,
    limit: plainAmount(budget.limit, budget.type),
    used: plainAmount(budget.used, budget.type),
    reserved: plainAmount(budget.reserved, budget.type),
    usage_percentage: Number(budget.percentage),
    hard: budget.isHard,
    paused: budget.isPaused,
    from_plan: budget.isFromPlan,
    resets_at: budget.resetsAt,
    time_zone: budget.timeZone,
  }
}
