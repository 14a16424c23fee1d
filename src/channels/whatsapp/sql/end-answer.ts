import type { Queryable } from '../../../database/index.ts'
import type { AnswerRow } from '../answer.ts'

/** Of an end that is an error the code is kept; one that was there before stays where none is given. */
export async function endAnswer(
  db: Queryable,
  answerId: string,
  state: Exclude<AnswerRow['state'], 'asking' | 'sending'>,
  errorCode: string | undefined,
): Promise<void> {
  await db.query(
    `update whatsapp_answers set state = $2, prompt = null, error_code = coalesce($3, error_code)
     where id = $1 and state in ('asking', 'sending')`,
    [answerId, state, errorCode ?? null],
  )
}
