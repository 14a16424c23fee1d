import { z } from 'zod'
import { explainCall } from '../../gateway/index.ts'
import { stringify } from '../../shared/stringify.ts'
import { adminRoute, amount, count, time } from '../api/index.ts'

/** Decimal text for money, a number for tokens, as the budget's type says. */
const unitAmount = z.union([amount, count])

/** What a call took from a budget, or holds of it. `type` is null where the budget was deleted since: amounts are then its integer units. */
const move = z.object({
  budget_id: z.string().nullable(),
  type: z.enum(['tokens', 'brl', 'usd']).nullable(),
  period: z.string().nullable(),
  hard: z.boolean().nullable(),
  retired_at: time.nullable(),
  period_start: time.nullable(),
  period_end: time.nullable(),
  time_zone: z.string().nullable(),
  amount: unitAmount.nullable(),
  period_used: unitAmount.nullable(),
  period_reserved: unitAmount.nullable(),
  period_limit: unitAmount.nullable(),
})

/** The row, without its cost, its rate and its attempts, which stand beside it. */
const call = z.object({
  call_id: z.string(),
  client: z.string(),
  time_zone: z.string(),
  created_at: time,
  request_id: z.string().nullable(),
  source: z.string(),
  api_type: z.string(),
  provider: z.string(),
  model_name: z.string(),
  requested_model: z.string().nullable(),
  via: z.string().nullable(),
  input_tokens: count,
  cached_tokens: count,
  cache_write_tokens: count,
  output_tokens: count,
  reasoning_tokens: count,
  total_tokens: count,
  units: amount.nullable(),
  latency_ms: z.number().nullable(),
  first_token_ms: z.number().nullable(),
  was_cached: z.boolean(),
  saved_usd: amount.nullable(),
  saved_brl: amount.nullable(),
  was_fallback: z.boolean(),
  fallback_reason: z.string().nullable(),
  price_id: z.string().nullable(),
  status: z.string(),
  error_code: z.string().nullable(),
  flags: z.array(z.string()),
})

const cost = z.object({
  usd: amount.nullable(),
  brl: amount.nullable(),
  /** Null where it cannot be told from the row. */
  agrees: z.boolean().nullable(),
  why_undecidable: z.string().nullable(),
  /** What was booked, and what the prices and the rate of the row come to. */
  problems: z.array(z.object({ what: z.string(), booked: z.string().nullable(), expected: z.string().nullable() })),
  tier_above_input_tokens: z.number().nullable(),
  parts: z.array(
    z.object({
      part: z.enum(['input', 'cached', 'cache_write', 'cache_write_1h', 'output']),
      tokens: z.number(),
      usd_per_million: amount,
      usd: amount,
    }),
  ),
  parts_usd: amount.nullable(),
})

const price = z.object({
  id: z.string(),
  model: z.string(),
  source: z.string(),
  reference: z.string().nullable(),
  valid_from: time,
  valid_to: time.nullable(),
})

/** Of a call in flight: what it was admitted with. */
const admission = z.object({
  client: z.string(),
  time_zone: z.string(),
  replica: z.string(),
  admitted_at: time,
  expires_at: time,
  is_expired: z.boolean(),
  model: z.string(),
  via: z.string().nullable(),
  output_tokens: z.number(),
  at_most: z.object({ tokens: unitAmount.nullable(), usd: unitAmount.nullable(), brl: unitAmount.nullable() }),
})

/** As the row has it; which members there are depends on how the attempt ended. */
const attempt = z.looseObject({
  provider: z.string().optional(),
  model: z.string().optional(),
  via: z.string().optional(),
  status: z.number().nullable().optional(),
  error: z.string().nullable().optional(),
  request_id: z.string().nullable().optional(),
  latency_ms: z.number().nullable().optional(),
  tokens: z.number().nullable().optional(),
  cost_usd: amount.nullable().optional(),
})

/** What is not known of the call is left out. */
const explanation = z.object({
  call_id: z.string(),
  state: z.enum(['settled', 'in_flight', 'not_booked', 'archived']),
  rows: count,
  call: call.optional(),
  cost: cost.optional(),
  price: price.optional(),
  rate: z.object({ brl_for_one_usd: amount, source: z.string().nullable(), quoted_at: z.string().nullable() }).optional(),
  attempts: z.array(attempt),
  charges: z.array(move),
  openings: z.array(move),
  adjustments: z.array(move.extend({ reason: z.string().nullable(), made_at: time.nullable(), truth: z.unknown() })),
  admission: admission.optional(),
  holds: z.array(move),
  dead_letters: z.array(z.object({ created_at: time, error: z.string(), record: z.looseObject({}) })),
})

/** `GET /api/admin/calls/{id}/explanation`: how one call came to its cost, as `catraca explain --json`. The id as there. */
export const explainRoute = adminRoute({
  method: 'GET',
  url: '/calls/:call/explanation',
  summary: 'How one call came to its cost: prices, rate, attempts, and the budgets it moved',
  access: 'read',
  output: explanation,
  input: { params: z.object({ call: z.string().min(1).max(200) }) },
  // What is undefined there is left out here.
  handle: async (context, { params }) =>
    JSON.parse(stringify(await explainCall(context.owner, params.call))) as z.infer<typeof explanation>,
})
