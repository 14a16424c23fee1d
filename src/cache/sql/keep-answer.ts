import type { Queryable } from '../../database/index.ts'
import type { HeldKey } from './renew-leases.ts'

export interface SealedAnswer {
  status: number
  headers: Record<string, string>
  body: Buffer
  isCut: boolean
}

/** `answer` undefined: the call is over and its answer is not kept. */
export async function keepAnswer(db: Queryable, { clientId, keyHash, callId }: HeldKey, answer: SealedAnswer | undefined): Promise<void> {
  await db.query(
    `update idempotency_keys set state = 'done', status = $4, headers = $5::jsonb, body = $6, is_cut = $7
     where client_id = $1 and key_hash = $2 and call_id = $3`,
    [
      clientId,
      keyHash,
      callId,
      answer?.status ?? null,
      answer ? JSON.stringify(answer.headers) : null,
      answer?.body ?? null,
      answer?.isCut ?? false,
    ],
  )
}
