import type { Queryable } from '../../database/index.ts'

/** What is older than its client keeps it. Answers how many messages that were. */
export async function forgetOldMessages(db: Queryable): Promise<number> {
  const [row] = await db.query<{ forgotten: number }>('select whatsapp_forget_old() as forgotten')
  return row?.forgotten ?? 0
}
