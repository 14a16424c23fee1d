import type { Queryable } from '../../database/index.ts'

export interface NewTool {
  channelId: string
  name: string
  description: string
  parameters: Record<string, unknown>
  url: string
  secretId: string
}

/** False where there is no such channel. One of this name is there already: it is written over, its secret included. */
export async function insertTool(db: Queryable, { channelId, name, description, parameters, url, secretId }: NewTool): Promise<boolean> {
  const rows = await db.query(
    `insert into whatsapp_tools (client_id, channel_id, name, description, parameters, url, secret_id)
     select h.client_id, h.id, $2, $3, $4, $5, $6 from whatsapp_channels h where h.id = $1
     on conflict (channel_id, name) do update set description = excluded.description, parameters = excluded.parameters, url = excluded.url,
       secret_id = excluded.secret_id
     returning id`,
    [channelId, name, description, JSON.stringify(parameters), url, secretId],
  )
  return rows.length > 0
}
