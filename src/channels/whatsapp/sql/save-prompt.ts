import type { Queryable } from '../../../database/index.ts'
import type { PromptEntry } from '../answer.ts'
import { storable } from '../storable.ts'

/**
 * Stores what the model is asked, and what asking has taken so far. Answers it as it is stored, in the order of the database's JSON: a call
 * that is made again must be the same to the byte. Undefined where the answer has gone on in the meantime.
 */
export async function savePrompt(
  db: Queryable,
  answerId: string,
  prompt: readonly PromptEntry[],
  totalTokens: number,
): Promise<PromptEntry[] | undefined> {
  const rows = await db.query<{ prompt: PromptEntry[] }>(
    `update whatsapp_answers set prompt = $2, total_tokens = $3 where id = $1 and state = 'asking' returning prompt`,
    [answerId, JSON.stringify(prompt, storable), totalTokens],
  )
  return rows[0]?.prompt
}
