import type { Queryable } from '../../database/index.ts'

export interface LatestCall {
  created_at: Date
  status: string
  error_code: string | null
  provider: string
  model_name: string
  total_tokens: bigint
  /** Null where the model has no price. */
  cost_brl: string | null
  was_cached: boolean
}

/** The newest row of this source, or of any. Uses gateway_usage_logs_created_at. */
export async function findLatestCall(db: Queryable, source?: 'test'): Promise<LatestCall | undefined> {
  const rows = await db.query<LatestCall>(
    `select created_at, status, error_code, provider, model_name, total_tokens, trim_scale(cost_brl) as cost_brl,
       was_cached from gateway_usage_logs
     where source = coalesce($1, source) order by created_at desc limit 1`,
    [source],
  )
  return rows[0]
}
