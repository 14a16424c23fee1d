import type { Queryable } from '../../../database/index.ts'
import type { BatchMessage } from './find-batch.ts'

/** What no answer has been begun to. */
export async function findWaiting(db: Queryable, conversationId: string): Promise<Pick<BatchMessage, 'kind' | 'body'>[]> {
  return await db.query<Pick<BatchMessage, 'kind' | 'body'>>(
    'select kind, body from messages where conversation_id = $1 and needs_answer',
    [conversationId],
  )
}
