import { z } from 'zod'
import { getClient } from '../../clients/index.ts'
import { type AuditRow, findAuditPage } from '../../gateway/index.ts'
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
  /** What people call the row, where it has a name: a client's, a model's, a key's, a user's e-mail. */
  row_name: z.string().nullable(),
  /** Of a budget: what its figures are in, which a change of them alone does not tell. */
  budget: z.object({ type: z.string(), period: z.string() }).nullable(),
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
    return toPage(rows, query.limit, { item: toEntry, place: ({ id }) => [String(id)] })
  },
})

type Row = Record<string, unknown> | null

const names = ['name', 'gateway_identifier', 'email', 'alias', 'slug', 'display_phone_number', 'phone_number_id']

function toEntry(row: AuditRow): z.input<typeof entry> {
  const whole = row.after ?? row.before ?? {}
  // Of an event of the log-in the address is where somebody came from.
  const columns = row.table_name === 'notification_channels' ? ['address'] : names
  const named = columns.map((column) => whole[column]).find((value) => typeof value === 'string')
  const { budget_type: type, budget_period: period } = whole
  return {
    ...row,
    row_name: typeof named === 'string' ? named : null,
    budget: typeof type === 'string' && typeof period === 'string' ? { type, period } : null,
    ...difference(row.before, row.after),
  }
}

function difference(before: Row, after: Row): { before: Row; after: Row } {
  if (before === null || after === null) return { before, after }
  const changed = Object.keys({ ...before, ...after }).filter(
    (column) => column !== 'updated_at' && JSON.stringify(before[column]) !== JSON.stringify(after[column]),
  )
  const only = (row: Record<string, unknown>) => Object.fromEntries(changed.map((column) => [column, row[column] ?? null]))
  return { before: only(before), after: only(after) }
}
