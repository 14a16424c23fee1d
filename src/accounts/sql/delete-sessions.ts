import type { Queryable } from '../../database/index.ts'

/** Of one user: all, or the one with this id. Answers how many there were. */
export async function deleteSessions(db: Queryable, userId: string, sessionId?: string): Promise<number> {
  const rows = await db.query('delete from auth_sessions where user_id = $1 and ($2::uuid is null or id = $2) returning id', [
    userId,
    sessionId,
  ])
  return rows.length
}
