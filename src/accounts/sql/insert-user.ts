import type { Queryable } from '../../database/index.ts'

export interface NewUserRow {
  name: string
  email: string
  role: string
  clientId: string | undefined
  /** As the library hashed it. */
  passwordHash: string
}

/** With the password, as better-auth keeps one. Undefined where the e-mail is taken. */
export async function insertUser(tx: Queryable, user: NewUserRow): Promise<string | undefined> {
  const [row] = await tx.query<{ user_id: string }>(
    `with made as (
       insert into auth_users (name, email, role, client_id) values ($1, $2, $3, $4) on conflict (email) do nothing returning id
     )
     insert into auth_accounts (user_id, account_id, provider_id, password) select id, id::text, 'credential', $5 from made returning user_id`,
    [user.name, user.email, user.role, user.clientId, user.passwordHash],
  )
  return row?.user_id
}
