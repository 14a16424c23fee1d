import { BudgetExceededError } from '../../shared/errors.ts'
import type { ConversationRow } from './answer.ts'
import type { Channel } from './channel.ts'
import type { AnswerParts } from './parts.ts'
import { sumContactTokens } from './sql/sum-contact-tokens.ts'

/** Throws BudgetExceededError where a contact has had the day's tokens. */
export async function refuseSpentContact(
  { database }: Pick<AnswerParts, 'database'>,
  { contactDailyTokens: limit, timeZone }: Channel,
  conversation: ConversationRow,
): Promise<void> {
  if (limit === undefined || (await sumContactTokens(database, conversation.id, timeZone)) < limit) return
  throw new BudgetExceededError('budget_exceeded', `This contact's ${limit} tokens of the day are used up.`, { details: { contact: true } })
}
