import type { Queryable } from '../../database/index.ts'

/** Grows with every change that a replica must notice. */
export async function readChangeVersion(db: Queryable): Promise<bigint> {
  const rows = await db.query<{ version: bigint }>('select version from catraca_changes')
  return rows[0]?.version ?? 0n
}
