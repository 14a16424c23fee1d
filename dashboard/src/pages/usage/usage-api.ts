/** What is summed of calls. A cost is null where no call of these has a known price; those without one are `unpriced`. */
export interface Sums {
  calls: number
  errors: number
  cache_hits: number
  orphaned: number
  unpriced: number
  input_tokens: number
  output_tokens: number
  cached_tokens: number
  cache_write_tokens: number
  reasoning_tokens: number
  total_tokens: number
  cost_brl: string | null
  cost_usd: string | null
  saved_brl: string
  saved_usd: string
}

/** `GET /usage/series` */
export interface Series {
  from: string
  to: string
  time_zone: string
  bucket: 'hour' | 'day' | 'month'
  by: string
  keys: { key: string | null; label: string | null }[]
  points: (Sums & { bucket_start: string; key: string | null })[]
}

/** A row of `GET /usage/groups` */
export type Group = Sums & { key: string; label: string }

export interface Percentiles {
  p50_ms: number
  p95_ms: number
  p99_ms: number
}

/** `GET /usage/latency` */
export interface LatencyAnswer {
  from: string
  to: string
  time_zone: string
  bucket: 'hour' | 'day' | 'month'
  all: (Percentiles & { answers: number }) | null
  first_token: (Percentiles & { calls: number }) | null
  points: (Percentiles & { bucket_start: string; answers: number })[]
}

interface Failure {
  provider: string
  model: string
  calls: number
  last_at: string
}

/** `GET /usage/failures` */
export interface Failures {
  from: string
  to: string
  errors: (Failure & { error_code: string | null })[]
  fallbacks: (Failure & { fallback_reason: string | null })[]
}

/** A row of `GET /calls` */
export interface ListedCall {
  call_id: string
  created_at: string
  client: string
  source: string
  api_type: 'chat' | 'embeddings' | 'transcription' | 'speech' | 'image' | 'moderation'
  provider: string
  model: string
  requested_model: string | null
  via: string | null
  status: string
  error_code: string | null
  input_tokens: number
  output_tokens: number
  total_tokens: number
  cost_brl: string | null
  cost_usd: string | null
  saved_brl: string | null
  latency_ms: number | null
  was_cached: boolean
  was_fallback: boolean
  fallback_reason: string | null
}
