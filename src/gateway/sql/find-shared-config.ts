import type { Queryable } from '../../database/index.ts'

export interface SharedConfigRow {
  gateway_api_key_secret_id: string | null
  openai_api_key_secret_id: string | null
  groq_api_key_secret_id: string | null
  anthropic_api_key_secret_id: string | null
  google_api_key_secret_id: string | null
  cache_enabled: boolean
  cache_ttl_seconds: number
  default_fallback_chain: unknown
  max_requests_per_minute: number
  max_tokens_per_minute: number
  max_concurrent_calls: number | null
  route: 'auto' | 'vercel' | 'direct'
}

/** The one row, unless somebody deleted it. */
export async function findSharedConfigRow(db: Queryable): Promise<SharedConfigRow | undefined> {
  const rows = await db.query<SharedConfigRow>('select * from shared_gateway_config')
  return rows[0]
}
