import { z } from 'zod'
import type { Client } from '../../clients/index.ts'
import type { Queryable } from '../../database/index.ts'
import { InvalidRequestError } from '../../shared/errors.ts'
import { findMonth, listArchive, type StatementFacts, summarizeUsage, sumStatement, type UsageGroup } from '../../usage/index.ts'
import { amount, count, time } from '../api/index.ts'
import { addAmounts, type Sums, sums, sumsToJson } from './usage-sums.ts'

export const statementQuery = z.object({
  month: z.string().regex(/^20\d\d-(0[1-9]|1[0-2])$/, 'write 2026-11'),
})

const unit = z.enum(['seconds', 'characters', 'images'])

/** Of one model and kind of call. `units` are what is billed otherwise than by tokens; null where nothing is, or rows are gone. */
const line = z.object({
  provider: z.string(),
  model: z.string(),
  api_type: z.string(),
  units: amount.nullable(),
  unit: unit.nullable(),
  ...sums,
})
export type StatementLine = z.input<typeof line>

/** A client's month by its own calendar. `total` is the sum of the lines, to the last digit. */
export const statement = z.object({
  client: z.string(),
  client_name: z.string(),
  month: z.string(),
  time_zone: z.string(),
  from: time,
  to: time,
  /** False while calls are still added to it. */
  is_closed: z.boolean(),
  generated_at: time,
  lines: z.array(line),
  total: z.object(sums),
  /** In the lines already: estimates that were charged, and what the truth was different by. */
  adjustments: z.object({ calls: count, cost_brl: amount, cost_usd: amount }),
  rates: z.array(
    z.object({ brl_for_one_usd: amount, source: z.string().nullable(), first_day: z.string(), last_day: z.string(), calls: count }),
  ),
  /** False where rows of the month were put away: units, adjustments and rates are then not all known. */
  has_all_rows: z.boolean(),
})
export type Statement = z.input<typeof statement>

const units: Record<string, z.infer<typeof unit>> = { transcription: 'seconds', speech: 'characters', image: 'images' }

/** Throws InvalidRequestError for a month that has not begun. */
export async function readStatement(db: Queryable, client: Client, month: string): Promise<Statement> {
  const { from, to, now } = await findMonth(db, month, client.timeZone)
  if (from > now) throw new InvalidRequestError('invalid_body', `${month} has not begun (${client.timeZone}).`)
  const window = { clientId: client.id, from, to }
  const [groups, facts, archive] = await Promise.all([
    summarizeUsage(db, { ...window, by: 'model_and_api_type' }),
    sumStatement(db, { ...window, timeZone: client.timeZone }),
    listArchive(db),
  ])
  const lines = groups.filter(({ calls }) => calls > 0n).map((group) => toLine(group, facts))
  return {
    client: client.slug,
    client_name: client.name,
    month,
    time_zone: client.timeZone,
    from,
    to,
    is_closed: to <= now,
    generated_at: now,
    lines: lines.toSorted(byCost),
    total: totalOf(lines),
    adjustments: {
      calls: facts.reduce((sum, { adjusted }) => sum + adjusted, 0n),
      cost_brl: addAmounts(facts.map(({ adjustment_brl }) => adjustment_brl)),
      cost_usd: addAmounts(facts.map(({ adjustment_usd }) => adjustment_usd)),
    },
    rates: ratesOf(facts),
    has_all_rows: !archive.some((one) => one.month >= from.toISOString().slice(0, 7) && one.month <= monthBefore(to)),
  }
}

const monthBefore = (to: Date) => new Date(to.getTime() - 1).toISOString().slice(0, 7)

function toLine(group: UsageGroup, facts: readonly StatementFacts[]): StatementLine {
  const own = facts.filter(
    (fact) =>
      fact.provider === group.provider && fact.model_name === group.model_name && fact.api_type === group.api_type && fact.units !== null,
  )
  return {
    provider: group.provider ?? '',
    model: group.model_name ?? '',
    api_type: group.api_type ?? '',
    units: own.length === 0 ? null : addAmounts(own.map((fact) => fact.units)),
    unit: units[group.api_type ?? ''] ?? null,
    ...sumsToJson(group),
  }
}

function byCost(a: StatementLine, b: StatementLine): number {
  const difference = Number(b.cost_brl ?? -1) - Number(a.cost_brl ?? -1)
  const name = (one: StatementLine) => `${one.provider}/${one.model} ${one.api_type}`
  return difference || (name(a) < name(b) ? -1 : 1)
}

const amountNames = ['cost_brl', 'cost_usd', 'saved_brl', 'saved_usd'] as const

function totalOf(lines: readonly StatementLine[]): Sums {
  const counts = Object.keys(sums).filter((name) => !amountNames.includes(name as (typeof amountNames)[number])) as (keyof Sums)[]
  return Object.fromEntries([
    ...counts.map((name) => [name, lines.reduce((sum, one) => sum + BigInt(one[name] ?? 0), 0n)]),
    ...amountNames.map((name) => [name, addAmounts(lines.map((one) => one[name]))]),
  ]) as Sums
}

function ratesOf(facts: readonly StatementFacts[]): Statement['rates'] {
  const used = facts.filter(({ usd_brl_rate, converted }) => usd_brl_rate !== null && converted > 0n)
  const byRate = Map.groupBy(used, ({ usd_brl_rate, rate_source }) => `${usd_brl_rate} ${rate_source}`)
  return [...byRate.values()]
    .map((same) => ({
      brl_for_one_usd: same[0]?.usd_brl_rate ?? '',
      source: same[0]?.rate_source ?? null,
      first_day: same.map(({ first_day }) => first_day).toSorted()[0] ?? '',
      last_day:
        same
          .map(({ last_day }) => last_day)
          .toSorted()
          .at(-1) ?? '',
      calls: same.reduce((sum, { converted }) => sum + converted, 0n),
    }))
    .sort((a, b) =>
      a.first_day === b.first_day ? Number(a.brl_for_one_usd) - Number(b.brl_for_one_usd) : a.first_day < b.first_day ? -1 : 1,
    )
}
