import type { Queryable } from '../../database/index.ts'

export type SharedKeyIds = Partial<Record<'gateway' | 'openai' | 'groq' | 'anthropic' | 'google', string>>

/** What is left out stays. False where somebody deleted the row. */
export async function setSharedKeyIds(db: Queryable, ids: SharedKeyIds): Promise<boolean> {
  const rows = await db.query(
    `update shared_gateway_config
     set gateway_api_key_secret_id = coalesce($1, gateway_api_key_secret_id),
       openai_api_key_secret_id = coalesce($2, openai_api_key_secret_id),
       groq_api_key_secret_id = coalesce($3, groq_api_key_secret_id),
       anthropic_api_key_secret_id = coalesce($4, anthropic_api_key_secret_id),
       google_api_key_secret_id = coalesce($5, google_api_key_secret_id)
     returning id`,
    [ids.gateway, ids.openai, ids.groq, ids.anthropic, ids.google],
  )
  return rows.length === 1
}
