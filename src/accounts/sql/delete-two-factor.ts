import type { Queryable } from '../../database/index.ts'

export async function deleteTwoFactor(tx: Queryable, userId: string): Promise<void> {
  await tx.query(
    `with gone as (delete from auth_two_factors where user_id = $1)
     update auth_users set two_factor_enabled = false, updated_at = now() where id = $1`,
    [userId],
  )
}
