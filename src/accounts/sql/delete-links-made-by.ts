import type { Queryable } from '../../database/index.ts'

/** The links for a new password of others that this person made within the time in which one is valid. */
export async function deleteLinksMadeBy(db: Queryable, maker: string, validSeconds: number): Promise<void> {
  await db.query(
    `delete from auth_verifications v using audit_log a
     where a.table_name = 'auth_users' and a.row_id = v.value and a.action = 'reset_link' and a.actor = $1
       and a.at > now() - make_interval(secs => $2)`,
    [maker, validSeconds],
  )
}
