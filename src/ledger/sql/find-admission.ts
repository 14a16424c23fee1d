import type { Queryable } from '../../database/index.ts'

export interface AdmissionRow {
  client: string | null
  time_zone: string | null
  replica: string
  admitted_at: Date
  expires_at: Date
  is_expired: boolean
  output_tokens: bigint
  /** By budget type: what the call may come to at most. */
  bounds: Record<string, { fixed: string; per_million: string } | null>
  /** The columns that its row has if nobody settles it. */
  estimate: Record<string, unknown>
}

/** A call that is in flight, or was when its process ended. */
export async function findAdmission(db: Queryable, callId: string): Promise<AdmissionRow | undefined> {
  const rows = await db.query<AdmissionRow>(
    `select c.slug as client, c.time_zone, a.replica, a.admitted_at, a.expires_at, a.expires_at < ledger_now() as is_expired, a.output_tokens,
       a.bounds, a.estimate
     from call_admissions a left join clients c on c.id = a.client_id
     where a.call_id = $1`,
    [callId],
  )
  return rows[0]
}
