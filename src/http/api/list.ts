import { z } from 'zod'
import { InvalidRequestError } from '../../shared/errors.ts'

/** The most rows of one page; an export reads as many pages as there are. */
export const longestPage = 1_000

/**
 * The query of a list: `limit`, `cursor` (the `next` of the page before), `sort`, `order` and the list's own filters. The first of
 * `sorts` and of `orders` is the default. With `format=csv` the whole list comes as CSV, whatever its length.
 */
export function listQuery<
  const Sorts extends readonly [string, ...string[]],
  Filters extends z.ZodRawShape,
  const Orders extends readonly ['asc' | 'desc', ...('asc' | 'desc')[]] = readonly ['desc', 'asc'],
>(sorts: Sorts, filters: Filters, orders?: Orders) {
  const given = orders ?? (['desc', 'asc'] as const)
  return z.object({
    limit: z.coerce.number().int().min(1).max(longestPage).default(50),
    cursor: z.string().max(1_000).optional(),
    sort: z.enum(sorts).default(sorts[0]),
    order: z.enum(given).default(given[0]),
    format: z.enum(['json', 'csv']).default('json'),
    ...filters,
  })
}

/** A page: its rows, the cursor of the next one (null at the end), and how many rows there are in all where that is cheap to know. */
export function pageOf<Item extends z.ZodObject>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().nullable(), total: z.number().int().nullable() })
}

export interface Page<Item> {
  items: Item[]
  next: string | null
  total: number | null
}

/**
 * A page of at most `limit` out of rows of which one more than that was asked for, so that the end is known without counting.
 * `place` says after what the next page begins.
 */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  parts: { item: (row: Row) => Item; place: (row: Row) => readonly unknown[]; total?: number | null },
): Page<Item> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const next = rows.length > limit && last !== undefined ? toCursor(parts.place(last)) : null
  return { items: shown.map(parts.item), next, total: parts.total ?? null }
}

function toCursor(place: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url')
}

/** What `toCursor` was given. Throws InvalidRequestError for what is none of this list's. */
export function fromCursor<Place extends z.ZodType>(cursor: string | undefined, place: Place): z.output<Place> | undefined {
  if (cursor === undefined) return undefined
  try {
    return place.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
  } catch (cause) {
    throw new InvalidRequestError('invalid_body', 'The cursor is not one of this list: leave it out for the first page.', { cause })
  }
}
