import type { Queryable } from '../../database/index.ts'

export interface NearestAnswerRow {
  sealed: Buffer
  sealed_hash: Buffer
  age_ms: number
  similarity: number
}

/** Of a room's newest answers the nearest one, where it is near enough. Fails where the database has no pgvector. */
export async function findNearestAnswer(
  db: Queryable,
  clientId: string,
  wanted: { roomHash: Buffer; embedding: readonly number[]; similarity: number; maxAgeMs: number },
): Promise<NearestAnswerRow | undefined> {
  const rows = await db.query<NearestAnswerRow>('select * from semantic_cache_nearest($1, $2, $3::real[], $4, $5)', [
    clientId,
    wanted.roomHash,
    `{${wanted.embedding.join(',')}}`,
    wanted.similarity,
    wanted.maxAgeMs,
  ])
  return rows[0]
}
