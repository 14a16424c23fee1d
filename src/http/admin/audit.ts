import { z } from 'zod'
import { getClient } from '../../clients/index.ts'
import { findAuditPage } from '../../gateway/index.ts'
import { adminRoute, count, fromCursor, listQuery, pageOf, time, toPage } from '../api/index.ts'
import { clientName } from './budget-schemas.ts'

const entry = z.object({
  id: count,
  at: time,
  actor: z.string(),
  action: z.string(),
  table_name: z.string(),
  row_id: z.string(),
  client: z.string().nullable(),
  /** Only what differs; a whole row where it was made or removed. */
  before: z.record(z.string(), z.unknown()).nullable(),
  after: z.record(z.string(), z.unknown()).nullable(),
})

/** `GET /api/admin/audit`: who changed what, newest first, however it was changed (SQL included). */
export const auditRoute = adminRoute({
  method: 'GET',
  url: '/audit',
  summary: 'Who changed what, newest first, by whatever way',
  access: 'read',
  input: {
    query: listQuery(
      ['at'],
      {
        table: z.string().max(63).optional(),
        row: z.string().max(100).optional(),
        actor: z.string().max(200).optional(),
        client: clientName.optional(),
      },
      ['desc'],
    ),
  },
  output: pageOf(entry),
  async handle({ owner }, { query }) {
    const [before] = fromCursor(query.cursor, z.tuple([z.string().regex(/^\d{1,18}$/)])) ?? []
    const rows = await findAuditPage(owner, {
      table: query.table,
      rowId: query.row,
      actor: query.actor,
      clientId: query.client === undefined ? undefined : (await getClient(owner, query.client)).id,
      before: before === undefined ? undefined : BigInt(before),
      limit: query.limit,
    })
    return toPage(rows, query.limit, { item: (row) => ({ ...row, ...difference(row.before, row.after) }), place: ({ id }) => [String(id)] })
  },
})

type Row = Record<string, unknown> | null

function difference(before: Row, after: Row): { before: Row; after: Row } {
  if (before === null || after === null) return { before, after }
  const changed = Object.keys({ ...before, ...after }).filter(
    (column) => column !== 'updated_at' && JSON.stringify(before[column]) !== JSON.stringify(after[column]),
  )
  const only = (row: Record<string, unknown>) => Object.fromEntries(changed.map((column) => [column, row[column] ?? null]))
  return { before: only(before), after: only(after) }
}
