import type { Queryable } from '../../../database/index.ts'
import type { PartRow } from '../answer.ts'

/** Of an answer, in order. */
export async function findParts(db: Queryable, answerId: string): Promise<PartRow[]> {
  return await db.query<PartRow>(
    `select id, kind, body, status, (extract(epoch from now() - sent_at) * 1000)::float8 as sending_ms
     from messages where answer_id = $1 and direction = 'out' order by part`,
    [answerId],
  )
}
