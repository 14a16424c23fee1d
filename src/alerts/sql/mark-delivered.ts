import type { Queryable } from '../../database/index.ts'

export async function markDelivered(db: Queryable, id: string): Promise<void> {
  await db.query('update alerts set delivered_at = now() where id = $1 and delivered_at is null', [id])
}
