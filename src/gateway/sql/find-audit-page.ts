import type { Queryable } from '../../database/index.ts'

/** One change of a table that is watched. `before` is null for what was made, `after` for what was removed. */
export interface AuditRow {
  id: bigint
  at: Date
  actor: string
  action: string
  table_name: string
  row_id: string
  before: Record<string, unknown> | null
  after: Record<string, unknown> | null
  /** Of the row, where it is a client's and the client is still there. */
  client: string | null
}

export interface AuditQuery {
  table: string | undefined
  rowId: string | undefined
  /** A part of it is enough. */
  actor: string | undefined
  clientId: string | undefined
  /** Rows older than this one. */
  before: bigint | undefined
  limit: number
}

/** Newest first, by the primary key; one row more than `limit` where there are more. */
export async function findAuditPage(db: Queryable, { table, rowId, actor, clientId, before, limit }: AuditQuery): Promise<AuditRow[]> {
  return await db.query<AuditRow>(
    `select a.id, a.at, a.actor, a.action, a.table_name, a.row_id, a.before, a.after, c.slug as client
     from (
       select *, case table_name when 'clients' then row_id else coalesce(after, before) ->> 'client_id' end as of_client from audit_log
     ) a left join clients c on c.id::text = a.of_client
     where ($1::text is null or a.table_name = $1) and ($2::text is null or a.row_id = $2) and ($3::text is null or strpos(lower(a.actor), lower($3)) > 0)
       and ($4::text is null or a.of_client = $4) and ($5::bigint is null or a.id < $5)
     order by a.id desc
     limit $6`,
    [table, rowId, actor, clientId, before, limit + 1],
  )
}
