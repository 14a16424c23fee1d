import type { Queryable } from '../../database/index.ts'

/** The user whose log-in waits for the second factor under this hash. */
export async function findChallengedUser(db: Queryable, identifier: string): Promise<string | undefined> {
  const [row] = await db.query<{ value: string }>('select value from auth_verifications where identifier = $1 and expires_at > now()', [
    identifier,
  ])
  return row?.value
}
