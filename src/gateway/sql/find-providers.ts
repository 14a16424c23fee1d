import type { Queryable } from '../../database/index.ts'
import type { KindName } from '../../dialects/index.ts'

export interface ProviderRow {
  id: string
  name: string
  display_name: string
  kind: 'openai-compatible' | 'ai-sdk'
  base_url: string
  allow_http: boolean
  api_key_secret_id: string | null
  auth: 'bearer' | 'api-key'
  query: Record<string, string>
  headers: Record<string, string>
  limit_field: 'max_tokens' | 'max_completion_tokens'
  supports_stream_usage: boolean
  probe_path: string
  kinds: KindName[]
  package: string | null
  export_name: string | null
  options: Record<string, string>
  is_active: boolean
}

/** The operator's own providers, by name. */
export function findProviderRows(db: Queryable): Promise<ProviderRow[]> {
  return db.query<ProviderRow>('select * from providers order by name')
}
