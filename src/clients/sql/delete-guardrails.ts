import type { Queryable } from '../../database/index.ts'

export async function deleteGuardrailsRow(db: Queryable, clientId: string): Promise<void> {
  await db.query('delete from client_guardrails where client_id = $1', [clientId])
}
