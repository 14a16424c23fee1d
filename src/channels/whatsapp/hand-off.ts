import { maskPhone } from '../../conversations/index.ts'
import type { AnswerRow, ConversationRow } from './answer.ts'
import type { Channel } from './channel.ts'
import type { AnswerParts } from './parts.ts'
import { splitText } from './split-text.ts'
import { beginSending } from './sql/begin-sending.ts'
import { endAnswer } from './sql/end-answer.ts'
import type { BatchMessage } from './sql/find-batch.ts'
import { giveToHuman } from './sql/give-to-human.ts'
import { words } from './words.ts'

/** Does one of these messages say a keyword of the channel's, as whole words? Capitals, accents and marks make no difference. */
export function asksForHuman(
  { handOffKeywords }: Pick<Channel, 'handOffKeywords'>,
  batch: readonly Pick<BatchMessage, 'kind' | 'body'>[],
): boolean {
  const written = batch.flatMap(({ kind, body }) => (isWritten(kind) && body !== null ? [plain(body)] : []))
  return handOffKeywords.some((keyword) => written.some((text) => text.includes(plain(keyword))))
}

function isWritten(kind: string): boolean {
  return kind === 'text' || kind === 'button' || kind === 'interactive'
}

/** ` falar com atendente ` of `Falar com… ATENDENTE!` */
function plain(text: string): string {
  const letters = text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
  return ` ${letters.replace(/[^\p{L}\p{N}]+/gu, ' ').trim()} `
}

/** Tells the contact that a human comes; with the end of that answer one has the conversation. */
export async function handOff(
  { database, log }: AnswerParts,
  channel: Channel,
  conversation: ConversationRow,
  answer: AnswerRow,
  by: { who: 'a keyword' | 'the model'; callId?: string; totalTokens?: number },
): Promise<void> {
  log.info(`[WhatsApp] ${channel.clientSlug}: ${maskPhone(conversation.phone)} is given to a human by ${by.who}`)
  const parts = splitText(channel.handOffNotice ?? words[channel.locale].handOff)
  await beginSending(database, answer.id, { kind: 'notice', parts, callId: by.callId, totalTokens: by.totalTokens ?? 0, handsOff: true })
}

/** A contact who can be told nothing gets a human all the same. */
export async function handOffUntold(
  { database }: AnswerParts,
  conversation: ConversationRow,
  answer: AnswerRow,
  why: 'outside_window' | 'no_access_token',
): Promise<void> {
  await giveToHuman(database, conversation.id, answer.id)
  await endAnswer(database, answer.id, 'failed', why)
}
