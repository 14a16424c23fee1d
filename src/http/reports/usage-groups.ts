import { z } from 'zod'
import { findClientNames } from '../../clients/index.ts'
import type { Queryable } from '../../database/index.ts'
import { parseDecimal } from '../../shared/money.ts'
import { summarizeUsage, type UsageGroup } from '../../usage/index.ts'
import { fromCursor, type Page, pageOf, toPage } from '../api/index.ts'
import { type Asked, readWindow, type ScopeQuery } from './usage-query.ts'
import { sums, sumsToJson } from './usage-sums.ts'

export const groupSorts = ['cost_brl', 'cost_usd', 'calls', 'errors', 'total_tokens', 'cache_hits', 'saved_brl', 'key'] as const
type GroupSort = (typeof groupSorts)[number]
const group = z.object({ key: z.string(), label: z.string(), ...sums })
export const groups = pageOf(group)
type Group = z.input<typeof group>

export interface GroupsQuery extends ScopeQuery {
  by: 'client' | 'provider' | 'model' | 'api_type'
  sort: GroupSort
  order: 'asc' | 'desc'
  limit: number
  cursor?: string | undefined
}

const place = z.tuple([z.string(), z.string()])

/** Sums of each client, provider, model or kind of call, sorted here: there are never many. */
export async function readGroups(db: Queryable, asked: Asked, query: GroupsQuery): Promise<Page<Group>> {
  const after = fromCursor(query.cursor, place)
  const window = await readWindow(db, asked, query, { days: 30, mostDays: 1_130 })
  const rows = await summarizeUsage(db, { ...window, by: query.by })
  const names =
    query.by === 'client'
      ? await findClientNames(
          db,
          rows.map(({ client_id }) => client_id ?? ''),
        )
      : new Map()
  const all = rows.map((row): Group => {
    const key = names.get(row.client_id ?? '')?.slug ?? keyOf(row)
    return { key, label: names.get(row.client_id ?? '')?.name ?? key, ...sumsToJson(row) }
  })
  const direction = query.order === 'asc' ? 1 : -1
  const compare = (a: Sortable, b: Sortable) =>
    direction * (compareValues(a.value, b.value, query.sort) || (a.key < b.key ? -1 : Number(a.key > b.key)))
  const sorted = all.map((item) => ({ item, key: item.key, value: String(item[query.sort] ?? '-1') })).sort(compare)
  const rest = after ? sorted.filter((row) => compare(row, { value: after[0], key: after[1] }) > 0) : sorted
  return toPage(rest.slice(0, query.limit + 1), query.limit, {
    item: ({ item }) => item,
    place: ({ value, key }) => [value, key],
    total: sorted.length,
  })
}

interface Sortable {
  value: string
  key: string
}

function compareValues(a: string, b: string, sort: GroupSort): number {
  if (sort === 'key') return a < b ? -1 : Number(a > b)
  const difference = parseDecimal(a, 12) - parseDecimal(b, 12)
  return difference < 0n ? -1 : Number(difference > 0n)
}

function keyOf({ client_id, provider, model_name, api_type }: UsageGroup): string {
  return client_id ?? (model_name === null ? (provider ?? api_type ?? '') : `${provider}/${model_name}`)
}
