import type { Queryable } from '../../database/index.ts'

/** Until the transaction ends; whoever only refers to the client does not wait. */
export async function lockClient(tx: Queryable, clientId: string): Promise<void> {
  await tx.query('select id from clients where id = $1 for no key update', [clientId])
}
