import type { Queryable } from '../../database/index.ts'

/** Whom the audit log names for what the rest of this transaction does; undefined leaves it the database's role. */
export async function setActor(tx: Queryable, actor: string | undefined): Promise<void> {
  await tx.query("select set_config('catraca.actor', $1, true)", [actor ?? ''])
}
