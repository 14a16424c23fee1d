import type { Queryable } from '../../../database/index.ts'
import type { PromptMessage } from '../answer.ts'

export async function savePrompt(db: Queryable, answerId: string, prompt: readonly PromptMessage[]): Promise<void> {
  await db.query(`update whatsapp_answers set prompt = $2 where id = $1 and state = 'asking'`, [answerId, JSON.stringify(prompt)])
}
