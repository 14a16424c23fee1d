import { z } from 'zod'
import type { Queryable } from '../../database/index.ts'
import { type ListedCall, listCalls } from '../../usage/index.ts'
import { amount, count, fromCursor, type Page, time, toPage } from '../api/index.ts'
import { type Asked, apiType, callFilters, readWindow, type ScopeQuery, windowFilters } from './usage-query.ts'

/** The first reads an index in order; the others read the whole window, which is short for that reason. */
export const callSorts = ['created_at', 'cost_brl', 'total_tokens', 'latency_ms'] as const

/** How far back a page looks: by time, and where every row of the window has to be read for it. */
const reaches = { byTime: { days: 90, mostDays: 400 }, byRows: { days: 7, mostDays: 7 } }

const yesOrNo = z.enum(['true', 'false']).transform((text) => text === 'true')
const search = z.string().min(1).max(200)

/** `search` is a call id, or the request id that a provider gave, whole. */
export const callListFilters = {
  ...windowFilters,
  ...callFilters,
  status: z.enum(['ok', 'error', 'cancelled', 'estimated', 'orphaned', 'released']).optional(),
  error_code: z.string().min(1).max(100).optional(),
  source: z.enum(['api', 'library', 'whatsapp', 'test']).optional(),
  was_cached: yesOrNo.optional(),
  was_fallback: yesOrNo.optional(),
  min_cost_brl: z
    .string()
    .regex(/^\d{1,12}(\.\d{1,12})?$/, 'write 0.05')
    .optional(),
  search: search.optional(),
}

export interface CallsQuery extends ScopeQuery {
  status?: string | undefined
  error_code?: string | undefined
  source?: string | undefined
  was_cached?: boolean | undefined
  was_fallback?: boolean | undefined
  min_cost_brl?: string | undefined
  search?: string | undefined
  sort: (typeof callSorts)[number]
  order: 'asc' | 'desc'
  limit: number
  cursor?: string | undefined
}

/**
 * What a client may see of its call. `units` are seconds of audio, characters or images, by the kind of call. `was_corrected`: it was charged
 * as an estimate, and what stands here is the truth that came later.
 */
export const ownCall = {
  call_id: z.string(),
  created_at: time,
  source: z.string(),
  api_type: apiType,
  model: z.string(),
  requested_model: z.string().nullable(),
  status: z.string(),
  error_code: z.string().nullable(),
  input_tokens: count,
  output_tokens: count,
  cached_tokens: count,
  cache_write_tokens: count,
  reasoning_tokens: count,
  total_tokens: count,
  units: amount.nullable(),
  cost_brl: amount.nullable(),
  cost_usd: amount.nullable(),
  usd_brl_rate: amount.nullable(),
  saved_brl: amount.nullable(),
  saved_usd: amount.nullable(),
  latency_ms: z.number().nullable(),
  first_token_ms: z.number().nullable(),
  was_cached: z.boolean(),
  was_corrected: z.boolean(),
}

/** The same, and what is the operator's own: who was asked, by what route, and what went wrong on the way. */
export const operatorCall = {
  ...ownCall,
  client: z.string(),
  provider: z.string(),
  via: z.string().nullable(),
  request_id: z.string().nullable(),
  was_fallback: z.boolean(),
  fallback_reason: z.string().nullable(),
  flags: z.array(z.string()),
}

export function ownCallToJson(row: ListedCall) {
  return {
    call_id: row.call_id,
    created_at: row.created_at,
    source: row.source,
    api_type: row.api_type as z.infer<typeof apiType>,
    model: `${row.provider}/${row.model_name}`,
    requested_model: row.requested_model,
    status: row.status,
    error_code: row.error_code,
    input_tokens: row.input_tokens,
    output_tokens: row.output_tokens,
    cached_tokens: row.cached_tokens,
    cache_write_tokens: row.cache_write_tokens,
    reasoning_tokens: row.reasoning_tokens,
    total_tokens: row.total_tokens,
    units: row.units,
    cost_brl: row.cost_brl,
    cost_usd: row.cost_usd,
    usd_brl_rate: row.usd_brl_rate,
    saved_brl: row.saved_brl,
    saved_usd: row.saved_usd,
    latency_ms: row.latency_ms,
    first_token_ms: row.first_token_ms,
    was_cached: row.was_cached,
    was_corrected: row.was_corrected,
  }
}

export function operatorCallToJson(row: ListedCall) {
  const { client, provider, via, request_id, was_fallback, fallback_reason, flags } = row
  return { ...ownCallToJson(row), client, provider, via, request_id, was_fallback, fallback_reason, flags }
}

const uuid = z.uuid()
const whole = z.string().regex(/^\d{1,19}$/)
const places = {
  created_at: z.tuple([z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d(:\d\d)?$/), whole]),
  value: z.tuple([z.string().regex(/^-?\d{1,19}(\.\d{1,12})?$/), whole]),
}

/** A page of calls as they count, as all sums do: where the truth about an orphan came late, the truth. */
export async function readCalls<Item>(
  db: Queryable,
  asked: Asked,
  query: CallsQuery,
  toItem: (row: ListedCall) => Item,
): Promise<Page<Item>> {
  const { sort, order, limit } = query
  const after = fromCursor(query.cursor, sort === 'created_at' ? places.created_at : places.value)
  const window = await readWindow(db, asked, query, reachOf(query))
  const isCallId = uuid.safeParse(query.search).success
  const rows = await listCalls(db, {
    ...window,
    status: query.status,
    errorCode: query.error_code,
    source: query.source,
    wasCached: query.was_cached,
    wasFallback: query.was_fallback,
    minCostBrl: query.min_cost_brl,
    callId: isCallId ? query.search : undefined,
    requestId: isCallId ? undefined : query.search,
    sort,
    order,
    after,
    limit: limit + 1,
  })
  return toPage(rows, limit, { item: toItem, place: (row) => [sortedBy(row, sort), String(row.id)] })
}

function reachOf({ sort, search, min_cost_brl }: CallsQuery): { days: number; mostDays: number } {
  const isOfRequest = search !== undefined && !uuid.safeParse(search).success
  return sort !== 'created_at' || min_cost_brl !== undefined || isOfRequest ? reaches.byRows : reaches.byTime
}

function sortedBy(row: ListedCall, sort: CallsQuery['sort']): string {
  return sort === 'created_at' ? row.at : String(row[sort] ?? -1)
}
