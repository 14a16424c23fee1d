import { startOfAudit } from '../ledger/index.ts'
import type { Undecidable } from '../pricing/index.ts'
import { type AuditReport, type Difference, runAudit } from './audit/run-audit.ts'
import { type AddCommands, type CommandOptions, example, onStore, withJson } from './command.ts'
import { Exit, UsageError } from './failure.ts'
import { formatCount } from './format.ts'
import { namedClient } from './named-client.ts'
import { parseMoment, parseSpan } from './parse-time.ts'
import { type Column, right, table } from './table.ts'
import { answer, type Terminal } from './terminal.ts'
import { withStore } from './with-store.ts'

interface AuditOptions extends CommandOptions {
  client?: string
  since?: string
  rebuildRollups?: boolean
}

/** A line on the way each so often. */
const progressEveryMs = 2_000

export const addAuditCommand: AddCommands = (program, terminal) => {
  const command = program
    .command('audit')
    .description('count everything again: every budget from its rows, every cost from its price and rate. Exit code 1 where they differ')
    .option('--client <client>', 'slug or id (default all)')
    .option('--since <when>', 'only rows since then, and the periods that they are in: a length of time (24h, 7d) or a date (default all)')
    .option('--rebuild-rollups', 'make the sums by hour and day anew where they are not the sums of their rows')
  example(withJson(onStore(command)), 'npx catraca audit', 'npx catraca audit --client luisboff --since 7d --json').action(
    (options: AuditOptions) => {
      const since = options.since === undefined ? undefined : parseStart(options.since)
      return withStore(terminal, options, async ({ owner }) => {
        const client = await namedClient(owner, options.client)
        const scope = {
          clientId: client?.id,
          since: await startOfAudit(owner, since, client?.timeZone),
          rebuildRollups: options.rebuildRollups ?? false,
        }
        const report = await runAudit(owner, scope, progress(terminal))
        answer(terminal, options, report, () => describe(report, terminal))
        if (!report.ok) throw new Exit(1)
      })
    },
  )
}

function parseStart(text: string): { seconds: number } | { at: string } {
  const seconds = parseSpan(text)
  if (seconds !== undefined) return { seconds }
  const at = parseMoment(text)
  if (at !== undefined) return { at }
  throw new UsageError(`--since "${text}" is neither a length of time (1h, 24h, 7d) nor a date (2026-11-20)`)
}

function progress(terminal: Terminal): (what: string, count: number) => void {
  let toldMs = performance.now()
  return (what, count) => {
    if (performance.now() - toldMs < progressEveryMs) return
    toldMs = performance.now()
    terminal.err(`${formatCount(count, terminal.locale)} ${what} read`)
  }
}

const whyUndecidable: Record<Undecidable, string> = {
  bound: 'of orphaned calls, booked at what their holds came to',
  no_price: 'name no price version',
  several_attempts: 'are the sum of attempts whose tokens are not told apart',
  one_hour_cache_writes: 'wrote to a cache, and how much of it for an hour is not on the row',
  units: 'are billed by minutes, characters or images that are not on the row',
}

function describe(report: AuditReport, terminal: Terminal): string {
  const { locale } = terminal
  const count = (of: number) => formatCount(of, locale)
  const lines = [
    `Periods of budgets counted again: ${count(report.periods)}.`,
    `Rows read: ${count(report.rows)}; cost computed again from price and rate: ${count(report.recomputed)}.`,
    ...(Object.keys(whyUndecidable) as Undecidable[]).flatMap((reason) => {
      const rows = report.undecidable[reason]
      return rows === undefined ? [] : [`  not computed: ${count(rows)} ${whyUndecidable[reason]}.`]
    }),
    `Adjustments compared with the truth they were made for: ${count(report.adjustments)}.`,
    `Days whose sums by hour and day were compared with their rows: ${count(report.rollup_days)}.`,
  ]
  if (report.archived_periods > 0)
    lines.push(
      `Archived: the rows of ${count(report.archived_periods)} of the periods were put away, so what they used is not counted again.`,
    )
  if (report.rebuilt_rollup_days > 0) lines.push(`Sums made anew from their rows: those of ${count(report.rebuilt_rollup_days)} days.`)
  if (report.charges_of_deleted_budgets > 0)
    lines.push(`${count(report.charges_of_deleted_budgets)} charges of budgets that were deleted since.`)
  if (report.dead_letters > 0)
    lines.push(`${count(report.dead_letters)} dead letters: records that could not be booked (usage_dead_letters).`)
  if (report.ok) return `${lines.join('\n')}\n\n${terminal.style('green', 'The books are in order.')}\n`
  const found = report.differences_found === 1 ? '1 difference' : `${count(report.differences_found)} differences`
  const shown = report.differences.length < report.differences_found ? `, the first ${count(report.differences.length)} listed` : ''
  const list = table(columns, report.differences.map(toCells), terminal)
  return `${lines.join('\n')}\n\n${terminal.style('red', `${found}${shown}:`)}\n\n${list}`
}

const columns: readonly Column[] = ['WHAT', 'CLIENT', 'CALL', 'BUDGET', 'PERIOD FROM', 'UNIT', right('BOOKED'), right('EXPECTED')]

const names: Record<Difference['what'], string> = {
  used: 'counter: used',
  reserved: 'counter: reserved',
  opening: 'counter: opening',
  charge: 'charge is not the row’s figure',
  charges: 'charges cannot be read',
  charged_period: 'charge in a period that the call was not in',
  adjustment: 'adjustment',
  adjusted_period: 'adjustment of what was never charged',
  hold_without_admission: 'hold without its call',
  hold_without_period: 'hold without its period',
  call_rows: 'rows of one call',
  tokens: 'tokens do not add up',
  price: 'no such price version',
  attempt_cost: 'cost of an attempt',
  attempts_cost: 'costs of the attempts',
  attempts_tokens: 'tokens of the attempts',
  cost_usd: 'cost in dollars',
  cost_brl: 'cost in reais',
  truth: 'cost of a late truth',
  hour_rollup: 'sums of an hour',
  day_rollup: 'sums of a day',
}

function toCells(difference: Difference): string[] {
  const { what, client, call_id, budget_id, period_start, unit, booked, expected } = difference
  return [names[what], ...[client, call_id, budget_id, period_start, unit, booked, expected].map((cell) => cell ?? '-')]
}
