import type { Queryable } from '../../database/index.ts'

/** The client's own flag; false where there is no such client. */
export async function setClientGatewayFlag(db: Queryable, clientId: string, usesGateway: boolean): Promise<boolean> {
  const rows = await db.query('update clients set use_ai_gateway = $2 where id = $1 returning id', [clientId, usesGateway])
  return rows.length === 1
}
