import type { Queryable } from '../../database/index.ts'

/** `bounds` is JSON as `ledger_reserve` documents it. Undefined: the budgets do not cover it. */
export async function reserveMoreTokens(
  db: Queryable,
  callId: string,
  bounds: string,
  output: number,
  minOutput: number,
): Promise<number | undefined> {
  const rows = await db.query<{ output: bigint | null }>('select ledger_reserve_more($1, $2::jsonb, $3, $4) as output', [
    callId,
    bounds,
    output,
    minOutput,
  ])
  const covered = rows[0]?.output
  return covered === null || covered === undefined ? undefined : Number(covered)
}
