import type { Queryable } from '../../database/index.ts'

export async function setUserRole(tx: Queryable, userId: string, role: string, clientId: string | undefined): Promise<void> {
  await tx.query('update auth_users set role = $2, client_id = $3, updated_at = now() where id = $1', [userId, role, clientId])
}
