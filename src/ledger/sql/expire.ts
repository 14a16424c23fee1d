import type { Queryable } from '../../database/index.ts'

/** Charges up to `most` calls whose holds have expired; returns how many there were. */
export async function expireHolds(db: Queryable, most: number): Promise<number> {
  const rows = await db.query<{ expired: number }>('select ledger_expire($1) as expired', [most])
  return rows[0]?.expired ?? 0
}
