import type { Queryable } from '../../../database/index.ts'
import { storable } from '../storable.ts'

/** Meta has refused it: for good (`failed`), or it may be sent again (`pending`). */
export async function noteUnsent(
  db: Queryable,
  messageId: string,
  status: 'failed' | 'pending',
  error: { code: number | string; title: string },
): Promise<void> {
  await db.query(`update messages set status = $2, error = $3 where id = $1 and status in ('pending', 'sending')`, [
    messageId,
    status,
    JSON.stringify(error, storable),
  ])
}
