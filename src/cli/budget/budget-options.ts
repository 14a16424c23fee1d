import { type Command, InvalidArgumentError, Option } from 'commander'
import type { AlertThreshold, BudgetPeriod, BudgetSettings, BudgetType } from '../../ledger/index.ts'
import { type CommandOptions, choice } from '../command.ts'

export const types: readonly BudgetType[] = ['tokens', 'brl', 'usd']
export const periods: readonly BudgetPeriod[] = ['daily', 'weekly', 'monthly']
const thresholds: readonly AlertThreshold[] = [80, 90, 100]

/** Which budget: there is one of each kind. */
export interface KindOptions extends CommandOptions {
  type: BudgetType
  period: BudgetPeriod
}

export interface SettingsOptions {
  limit?: string
  hard?: boolean
  soft?: boolean
  alerts?: readonly AlertThreshold[]
}

export interface ChangeOptions extends KindOptions, SettingsOptions {
  toType?: BudgetType
  toPeriod?: BudgetPeriod
}

export function withKind(command: Command): Command {
  return command
    .addOption(choice('--type <type>', 'what is counted', types).makeOptionMandatory())
    .addOption(choice('--period <period>', "by the calendar of the client's time zone", periods).makeOptionMandatory())
}

export function withSettings(command: Command): Command {
  return command
    .option('--limit <number>', 'how much: tokens, reais or dollars')
    .addOption(new Option('--hard', 'refuse calls that do not fit (402)').conflicts('soft'))
    .option('--soft', 'only count and alert (the default of a new budget)')
    .option(
      '--alerts <list>',
      'per cent of the limit at which to alert: 80,90,100 or some of them, or none (default of a new budget: all)',
      parseAlerts,
    )
}

export function withNewKind(command: Command): Command {
  return command
    .addOption(choice('--to-type <type>', 'count this instead; needs the limit in it', types))
    .addOption(choice('--to-period <period>', 'count by this instead', periods))
}

export function toSettings({ limit, hard, soft, alerts }: SettingsOptions): BudgetSettings {
  return { limit, isHard: hard ? true : soft ? false : undefined, alerts }
}

function parseAlerts(text: string): AlertThreshold[] {
  if (text === 'none') return []
  return text.split(',').map((part) => {
    const threshold = thresholds.find((one) => String(one) === part.trim())
    if (threshold === undefined) throw new InvalidArgumentError('It must be 80,90,100, some of them, or none.')
    return threshold
  })
}
