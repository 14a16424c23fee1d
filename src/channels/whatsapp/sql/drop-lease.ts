import type { Queryable } from '../../../database/index.ts'

/** When it ended stays: who looks for processes that died leaves one alone that has only just finished. */
export async function dropLease(db: Queryable, conversationId: string, lease: string): Promise<void> {
  await db.query('update conversations set lease = null, leased_until = now() where id = $1 and lease = $2', [conversationId, lease])
}
