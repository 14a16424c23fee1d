import type { Queryable } from '../../database/index.ts'

/** Until the transaction ends, against others that do the same. Not the client's row: whoever changes that has the turn for which a new key waits. */
export async function lockClient(tx: Queryable, clientId: string): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('catraca keys of ' || $1, 0))`, [clientId])
}
