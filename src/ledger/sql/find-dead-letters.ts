import type { Queryable } from '../../database/index.ts'

export interface DeadLetterRow {
  created_at: Date
  error: string
  record: Record<string, unknown>
}

/** Records of the call that could not be booked. Uses usage_dead_letters_call_id. */
export async function findDeadLetters(db: Queryable, callId: string): Promise<DeadLetterRow[]> {
  return await db.query<DeadLetterRow>('select created_at, error, record from usage_dead_letters where call_id = $1 order by id', [callId])
}
