import type { Queryable } from '../../database/index.ts'

export async function insertVerification(db: Queryable, identifier: string, value: string, seconds: number): Promise<{ expires_at: Date }> {
  const [row] = await db.query<{ expires_at: Date }>(
    'insert into auth_verifications (identifier, value, expires_at) values ($1, $2, now() + make_interval(secs => $3)) returning expires_at',
    [identifier, value, seconds],
  )
  return row as { expires_at: Date }
}
