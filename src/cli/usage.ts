import { listClients } from '../clients/index.ts'
import { type Budget, budgetToJson, listBudgets } from '../ledger/index.ts'
import { findSince, findUsage, totalUsage, type UsageRow, type UsageSince, type UsageTotals } from '../usage/index.ts'
import { budgetTable } from './budget/render-budgets.ts'
import { type AddCommands, type CommandOptions, choice, example, onStore, wholeNumber, withJson } from './command.ts'
import { UsageError } from './failure.ts'
import { formatCost, formatCount, formatTime } from './format.ts'
import { namedClient } from './named-client.ts'
import { parseMoment, parseSpan } from './parse-time.ts'
import { type Column, right, table } from './table.ts'
import { answer, type Terminal } from './terminal.ts'
import { defaultTimeZone, describeGaps, describeStart, describeSums, readSums, type SumsBy, sumsToJson } from './usage-sums.ts'
import { withStore } from './with-store.ts'

interface UsageOptions extends CommandOptions {
  client?: string
  since: string
  limit: number
  by?: SumsBy
}

interface UsageReport {
  /** As they were typed. */
  since: string
  limit: number
  timeZone: string
  from: Date
  to: Date
  rows: UsageRow[]
  /** Undefined where nothing was called. */
  totals: UsageTotals | undefined
  budgets: Budget[]
}

export const addUsageCommand: AddCommands = (program, terminal) => {
  const command = program
    .command('usage')
    .description('what was called, what it cost, and how much of each budget is used')
    .option('--client <client>', 'slug or id (default all)')
    .option(
      '--since <when>',
      "a length of time (1h, 24h, 7d) or a date (2026-11-20) in the client's time zone, or in that of São Paulo for all",
      'today',
    )
    .addOption(choice('--by <what>', 'sums instead of rows: a line for each client, model or day', ['client', 'model', 'day']))
    .option('--limit <number>', 'how many rows to show, newest first; totals are of all', wholeNumber(1), 50)
  example(
    withJson(onStore(command)),
    'npx catraca usage',
    'npx catraca usage --client luisboff --since 7d --json',
    'npx catraca usage --by model --since 30d',
  ).action((options: UsageOptions) => {
    const since = parseSince(options.since)
    return withStore(terminal, options, async ({ owner }) => {
      const client = await namedClient(owner, options.client)
      if (options.by !== undefined) {
        const slugs = new Map((await listClients(owner)).map((one) => [one.id, one.slug]))
        const sums = await readSums(owner, { by: options.by, since, client }, (id) => slugs.get(id) ?? id)
        answer(terminal, options, sumsToJson(sums), () => describeSums(sums, terminal))
        return
      }
      const timeZone = client?.timeZone ?? defaultTimeZone
      const window = { clientId: client?.id, ...(await findSince(owner, since, timeZone)) }
      const totals = await totalUsage(owner, window)
      const rows = await findUsage(owner, window, options.limit)
      const budgets = await listBudgets(owner, client ? [client.id] : (totals?.client_ids ?? []))
      const report = { ...options, timeZone, from: window.from, to: window.to, rows, totals, budgets }
      answer(terminal, options, toJson(report), () => describe(report, terminal))
    })
  })
}

export function parseSince(text: string): UsageSince {
  if (text === 'today') return { kind: 'today' }
  const seconds = parseSpan(text)
  if (seconds !== undefined) return { kind: 'ago', seconds }
  const at = parseMoment(text)
  if (at !== undefined) return { kind: 'at', at }
  throw new UsageError(`--since "${text}" is neither a length of time (1h, 24h, 7d) nor a date (2026-11-20)`)
}

const columns: readonly Column[] = [
  'TIME',
  'CLIENT',
  'MODEL',
  'VIA',
  right('IN'),
  right('OUT'),
  right('TOKENS'),
  right('COST R$'),
  right('COST US$'),
  'STATUS',
]

function describe(report: UsageReport, terminal: Terminal): string {
  const { since, rows, totals, budgets } = report
  const { locale } = terminal
  if (totals === undefined) {
    const none = since === 'today' ? 'No calls today. Further back: npx catraca usage --since 7d' : `No calls since ${since}.`
    return budgets.length === 0 ? none : `${none}\n\n${budgetTable(budgets, terminal)}`
  }
  const calls = table(
    columns,
    rows.map((row) => toCells(row, terminal)),
    terminal,
  )
  const sum = [
    `${formatCount(totals.calls, locale)} ${totals.calls === 1n ? 'call' : 'calls'}`,
    `${formatCount(totals.total_tokens, locale)} tokens`,
    formatCost(totals.cost_brl, 'brl', locale),
    formatCost(totals.cost_usd, 'usd', locale),
  ].join(', ')
  const total = terminal.style('bold', `Total ${since === 'today' ? 'today' : `since ${since}`}: ${sum}`)
  const standing = budgets.length === 0 ? 'These clients have no budget: they are unlimited.\n' : budgetTable(budgets, terminal)
  const notes = [`Since ${describeStart(report, terminal)}.`, ...describeGaps([totals], terminal)]
  return `${calls}${total}${describeShown(report, terminal)}\n${notes.join('\n')}\n\n${standing}`
}

/** Totals are of all calls, rows only of the newest, and only of months that were not put away. */
function describeShown({ rows, totals, limit }: UsageReport, { locale }: Terminal): string {
  if (totals === undefined || totals.calls <= BigInt(rows.length)) return ''
  return rows.length < limit
    ? '; rows of months that were put away are not shown'
    : `, the newest ${formatCount(rows.length, locale)} shown (--limit)`
}

function toCells(row: UsageRow, { locale }: Terminal): string[] {
  return [
    formatTime(row.created_at, row.time_zone, locale),
    row.client,
    `${row.provider}/${row.model_name}`,
    row.via ?? '-',
    formatCount(row.input_tokens, locale),
    formatCount(row.output_tokens, locale),
    formatCount(row.total_tokens, locale),
    formatCost(row.cost_brl, 'brl', locale),
    formatCost(row.cost_usd, 'usd', locale),
    describeStatus(row),
  ]
}

function describeStatus(row: UsageRow): string {
  if (row.status === 'released') return 'released (told late that it never came to pass)'
  const late = row.was_corrected ? 'told late' : null
  const notes = [late, row.error_code, row.was_fallback ? 'fallback' : null, row.was_cached ? 'cached' : null, ...row.flags].filter(
    (note) => note !== null,
  )
  return notes.length === 0 ? row.status : `${row.status} (${notes.join(', ')})`
}

function toJson({ since, timeZone, from, to, rows, totals, budgets }: UsageReport) {
  const { calls = 0n, errors = 0n, total_tokens = 0n, cost_usd = null, cost_brl = null } = totals ?? {}
  const sums = { calls: Number(calls), errors: Number(errors), total_tokens: Number(total_tokens), cost_usd, cost_brl }
  return { since, time_zone: timeZone, from, to, rows, totals: sums, budgets: budgets.map(budgetToJson) }
}
