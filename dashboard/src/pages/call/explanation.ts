export type CallState = 'settled' | 'in_flight' | 'not_booked' | 'archived'

/** What a call took from a budget, or holds of it. Amounts are decimal text for money and numbers for tokens. */
export interface Move {
  budget_id: string | null
  type: 'tokens' | 'brl' | 'usd' | null
  period: string | null
  hard: boolean | null
  retired_at: string | null
  period_start: string | null
  period_end: string | null
  time_zone: string | null
  amount: string | number | null
  period_used: string | number | null
  period_reserved: string | number | null
  period_limit: string | number | null
}

export interface BookedCall {
  call_id: string
  client: string
  time_zone: string
  created_at: string
  request_id: string | null
  source: string
  api_type: string
  provider: string
  model_name: string
  requested_model: string | null
  via: string | null
  input_tokens: number
  cached_tokens: number
  cache_write_tokens: number
  output_tokens: number
  reasoning_tokens: number
  total_tokens: number
  units: string | null
  latency_ms: number | null
  first_token_ms: number | null
  was_cached: boolean
  saved_usd: string | null
  saved_brl: string | null
  was_fallback: boolean
  fallback_reason: string | null
  price_id: string | null
  status: string
  error_code: string | null
  flags: string[]
}

export interface CallCost {
  usd: string | null
  brl: string | null
  agrees: boolean | null
  why_undecidable: string | null
  problems: { what: string; booked: string | null; expected: string | null }[]
  tier_above_input_tokens: number | null
  parts: { part: 'input' | 'cached' | 'cache_write' | 'cache_write_1h' | 'output'; tokens: number; usd_per_million: string; usd: string }[]
  parts_usd: string | null
}

export interface Attempt {
  provider?: string
  model?: string
  via?: string
  status?: number | null
  error?: string | null
  request_id?: string | null
  latency_ms?: number | null
  tokens?: number | null
  cost_usd?: string | null
}

/** What `GET /calls/:call/explanation` answers. */
export interface Explanation {
  call_id: string
  state: CallState
  rows: number
  call?: BookedCall
  cost?: CallCost
  price?: { id: string; model: string; source: string; reference: string | null; valid_from: string; valid_to: string | null }
  rate?: { brl_for_one_usd: string; source: string | null; quoted_at: string | null }
  attempts: Attempt[]
  charges: Move[]
  openings: Move[]
  adjustments: (Move & { reason: string | null; made_at: string | null; truth?: unknown })[]
  admission?: {
    client: string
    time_zone: string
    replica: string
    admitted_at: string
    expires_at: string
    is_expired: boolean
    model: string
    via: string | null
    output_tokens: number
    at_most: { tokens: string | number | null; usd: string | number | null; brl: string | number | null }
  }
  holds: Move[]
  dead_letters: { created_at: string; error: string; record: Record<string, unknown> }[]
}
