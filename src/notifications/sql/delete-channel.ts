import type { Queryable } from '../../database/index.ts'

export async function deleteChannel(db: Queryable, id: string): Promise<void> {
  await db.query('delete from notification_channels where id = $1', [id])
}
