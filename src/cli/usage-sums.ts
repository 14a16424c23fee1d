import type { Queryable } from '../database/index.ts'
import { formatUsd, nanoUsd, parseUsd } from '../shared/money.ts'
import {
  findLatency,
  findSince,
  type Latency,
  summarizeDays,
  summarizeUsage,
  type UsageSince,
  type UsageSums,
  type UsageWindow,
} from '../usage/index.ts'
import { formatCost, formatCount, formatTime } from './format.ts'
import { type Column, right, table } from './table.ts'
import type { Terminal } from './terminal.ts'

export type SumsBy = 'client' | 'model' | 'day'

/** Where no client is named, days are those of the clock that clients have by default. */
export const defaultTimeZone = 'America/Sao_Paulo'

export interface SumsReport {
  by: SumsBy
  timeZone: string
  from: Date
  to: Date
  groups: ({ name: string } & UsageSums)[]
  latency: Latency | undefined
}

export async function readSums(
  db: Queryable,
  { by, since, client }: { by: SumsBy; since: UsageSince; client: { id: string; timeZone: string } | undefined },
  nameOf: (clientId: string) => string,
): Promise<SumsReport> {
  const timeZone = client?.timeZone ?? defaultTimeZone
  const window = { clientId: client?.id, ...(await findSince(db, since, timeZone)) }
  const [groups, latency] = await Promise.all([readGroups(db, by, window, timeZone, nameOf), findLatency(db, window)])
  return { by, timeZone, from: window.from, to: window.to, groups, latency }
}

async function readGroups(
  db: Queryable,
  by: SumsBy,
  window: UsageWindow,
  timeZone: string,
  nameOf: (clientId: string) => string,
): Promise<SumsReport['groups']> {
  if (by === 'day') return (await summarizeDays(db, { ...window, timeZone })).map(({ day, ...sums }) => ({ name: day, ...sums }))
  const groups = (await summarizeUsage(db, { ...window, by })).map(({ client_id, provider, model_name, ...sums }) => ({
    name: client_id === null ? `${provider}/${model_name}` : nameOf(client_id),
    ...sums,
  }))
  return groups.sort((a, b) => Number(b.total_tokens - a.total_tokens))
}

/** From when on, and by whose clock. */
export function describeStart({ from, timeZone }: Pick<SumsReport, 'from' | 'timeZone'>, { locale }: Terminal): string {
  return `${formatTime(from, timeZone, locale)} (${timeZone})`
}

export function describeSums(report: SumsReport, terminal: Terminal): string {
  const { by, groups, latency } = report
  const { locale } = terminal
  const start = describeStart(report, terminal)
  if (groups.length === 0) return `No calls since ${start}.`
  const columns: readonly Column[] = [
    by.toUpperCase(),
    ...['CALLS', 'ERRORS', 'CACHED', 'IN', 'OUT', 'TOKENS', 'COST R$', 'COST US$'].map(right),
  ]
  const cells = groups.map((group) => [
    group.name,
    ...[group.calls, group.errors, group.cache_hits, group.input_tokens, group.output_tokens, group.total_tokens].map((count) =>
      formatCount(count, locale),
    ),
    formatCost(group.cost_brl, 'brl', locale),
    formatCost(group.cost_usd, 'usd', locale),
  ])
  const notes = [`Since ${start}.`]
  if (latency) notes.push(`Answers from providers took ${latency.p50Ms} ms (p50), ${latency.p95Ms} ms (p95).`)
  notes.push(...describeGaps(groups, terminal))
  return `${table(columns, cells, terminal)}\n${notes.join('\n')}\n`
}

/** What a reader must know of sums: which calls are in them by estimate, and which are in no cost. */
export function describeGaps(groups: readonly UsageSums[], { locale }: Terminal): string[] {
  const sum = (of: (group: UsageSums) => bigint) => groups.reduce((total, group) => total + of(group), 0n)
  const tell = (count: bigint, words: string) => (count > 0n ? [`${formatCount(count, locale)} ${words}`] : [])
  const saved = groups.reduce((total, { saved_usd }) => total + parseUsd(saved_usd), 0n)
  const unpriced = sum((group) => group.unpriced_usd)
  return [
    ...(saved > 0n ? [`The response cache saved ${formatUsd(nanoUsd(saved), locale)}.`] : []),
    ...tell(
      sum((group) => group.orphaned),
      'calls were never settled and stand at their estimate.',
    ),
    ...tell(
      sum((group) => group.released),
      'of the calls never came to pass; they cost nothing.',
    ),
    ...tell(unpriced, 'calls have no known price and are in no cost.'),
    ...tell(sum((group) => group.unpriced_brl) - unpriced, 'calls had no exchange rate and are in no cost in reais.'),
  ]
}

export function sumsToJson({ by, timeZone, from, to, groups, latency }: SumsReport): object {
  const plain = ({ name, cost_usd, cost_brl, saved_usd, saved_brl, ...counts }: SumsReport['groups'][number]) => ({
    name,
    ...Object.fromEntries(Object.entries(counts).map(([key, count]) => [key, Number(count)])),
    cost_usd,
    cost_brl,
    saved_usd,
    saved_brl,
  })
  return {
    by,
    time_zone: timeZone,
    from,
    to,
    groups: groups.map(plain),
    latency: latency ? { answers: Number(latency.answers), p50_ms: latency.p50Ms, p95_ms: latency.p95Ms } : null,
  }
}
