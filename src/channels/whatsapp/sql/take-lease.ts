import type { Queryable } from '../../../database/index.ts'

/** Takes the conversation, or holds on to it. False where somebody else has it. */
export async function takeLease(db: Queryable, conversationId: string, lease: string, leaseMs: number): Promise<boolean> {
  const rows = await db.query(
    `update conversations set lease = $2, leased_until = now() + make_interval(secs => $3::float8 / 1000)
     where id = $1 and (lease is null or lease = $2 or leased_until < now())
     returning id`,
    [conversationId, lease, leaseMs],
  )
  return rows.length > 0
}
