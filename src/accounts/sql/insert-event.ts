import type { Queryable } from '../../database/index.ts'
import { isUuid } from '../../shared/id.ts'

export interface EventRow {
  /** Undefined: the database's own role, as everywhere where no person is named. */
  actor: string | undefined
  /** The actor is the user. */
  bySelf: boolean
  action: string
  /** Id or e-mail of the user; another e-mail is nobody's and is not written down. */
  user: string | undefined
  details: Record<string, unknown>
}

/** A line of the audit log that no trigger writes. */
export async function insertEvent(db: Queryable, { actor, bySelf, action, user, details }: EventRow): Promise<void> {
  await db.query(
    `insert into audit_log (actor, action, table_name, row_id, after)
     select coalesce($1, case when $5 then coalesce(u.email, 'unknown') end, session_user), $2, 'auth_users', coalesce(u.id::text, ''), $4::jsonb
     from (select 1) as once left join auth_users u on u.id = $6::uuid or u.email = lower($3)`,
    [actor, action, user, JSON.stringify(details), bySelf, user !== undefined && isUuid(user) ? user : null],
  )
}
