import type { Queryable } from '../../database/index.ts'

export interface LatestCall {
  created_at: Date
  status: string
  error_code: string | null
  model_name: string
  total_tokens: bigint
}

/** The newest row of this source, or of any. Uses gateway_usage_logs_created_at. */
export async function findLatestCall(db: Queryable, source?: 'test'): Promise<LatestCall | undefined> {
  const rows = await db.query<LatestCall>(
    `select created_at, status, error_code, model_name, total_tokens from gateway_usage_logs
     where source = coalesce($1, source) order by created_at desc limit 1`,
    [source],
  )
  return rows[0]
}
