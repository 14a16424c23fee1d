import type { Queryable } from '../../database/index.ts'

/** What the model of a channel may call. */
export interface ToolRow {
  id: string
  name: string
  description: string
  /** JSON Schema of its arguments, an object. */
  parameters: Record<string, unknown>
  url: string
  secret_id: string
  created_at: Date
  updated_at: Date
}

/** By name. */
export async function listTools(db: Queryable, channelId: string): Promise<ToolRow[]> {
  return await db.query<ToolRow>(
    `select id, name, description, parameters, url, secret_id, created_at, updated_at
     from whatsapp_tools where channel_id = $1 order by name`,
    [channelId],
  )
}
