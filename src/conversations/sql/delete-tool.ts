import type { Queryable } from '../../database/index.ts'

/** False where there is none of this name. */
export async function deleteTool(db: Queryable, channelId: string, name: string): Promise<boolean> {
  const rows = await db.query('delete from whatsapp_tools where channel_id = $1 and name = $2 returning id', [channelId, name])
  return rows.length > 0
}
