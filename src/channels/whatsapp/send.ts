import { maskPhone } from '../../conversations/index.ts'
import type { AnswerRow, ConversationRow, PartRow } from './answer.ts'
import type { Channel } from './channel.ts'
import type { Outgoing } from './graph-client.ts'
import { GraphError } from './graph-error.ts'
import type { AnswerParts } from './parts.ts'
import { claimPart } from './sql/claim-part.ts'
import { endAnswer } from './sql/end-answer.ts'
import { findParts } from './sql/find-parts.ts'
import { giveToHuman } from './sql/give-to-human.ts'
import { noteSent } from './sql/note-sent.ts'
import { noteUnsent } from './sql/note-unsent.ts'
import { touchConversation } from './sql/touch-conversation.ts'

/** The template went out, once for all that the answer would have said. */
const inPlaceOfText = Symbol('template')

/** Somebody else has it, or it is not known yet what became of it: the job comes back. */
export class NotNowError extends Error {}

/**
 * Sends an answer's messages, one after the other, and ends it. Rejects with what may pass: what was sent is not sent again, and what may
 * have been is sent again only when Meta has told nothing of it for as long as a lease.
 */
export async function send(parts: AnswerParts, channel: Channel, conversation: ConversationRow, answer: AnswerRow): Promise<void> {
  for (const part of await findParts(parts.database, answer.id)) {
    if (part.status !== 'pending' && part.status !== 'sending') continue
    if (part.status === 'sending' && (part.sending_ms ?? 0) < parts.leaseMs) throw new NotNowError('a message is on its way')
    if (!(await claimPart(parts.database, part))) throw new NotNowError('the conversation was taken over')
    const failure = await sendPart(parts, channel, conversation, part)
    if (failure === undefined) continue
    if (failure === inPlaceOfText) return await giveUp(parts, conversation.id, answer, 'outside_window')
    parts.log.warn(`[WhatsApp] ${channel.clientSlug}: a message to ${maskPhone(conversation.phone)} failed (${failure})`)
    return await giveUp(parts, conversation.id, answer, failure)
  }
  await handOffAfter(parts, conversation.id, answer)
  await endAnswer(parts.database, answer.id, 'done', undefined)
  await touchConversation(parts.database, conversation.id)
}

/** A human has the conversation once its contact was told so, or could not be: never later than the answer's end. */
async function handOffAfter({ database }: AnswerParts, conversationId: string, answer: AnswerRow): Promise<void> {
  if (answer.hands_off) await giveToHuman(database, conversationId, answer.id)
}

/** What was not sent never will be. */
export async function giveUp(parts: AnswerParts, conversationId: string, answer: AnswerRow, code: string): Promise<void> {
  const { database } = parts
  await handOffAfter(parts, conversationId, answer)
  for (const { id } of await findParts(database, answer.id)) await noteUnsent(database, id, 'failed', { code, title: 'not sent' })
  await endAnswer(database, answer.id, 'failed', code)
}

/** Undefined once it is sent, else what became of it: the code of what it is refused for, where it was. */
async function sendPart(
  parts: AnswerParts,
  channel: Channel,
  conversation: ConversationRow,
  part: PartRow,
): Promise<string | typeof inPlaceOfText | undefined> {
  const { database, graph } = parts
  const { accessToken: token, phoneNumberId, template } = channel
  if (!token) return 'no_access_token'
  const isText = conversation.is_open
  if (!isText && !template) return 'outside_window'
  const from = { phoneNumberId, token }
  try {
    if (!isText && template) return await deliverTemplate(template)
    await deliver({ text: part.body }, part.kind)
    return undefined
  } catch (error) {
    if (!(error instanceof GraphError)) throw error
    // By Meta's clock the 24 hours are over.
    if (error.isOutsideWindow && template && isText) return await deliverTemplate(template).catch(refused)
    return await refused(error)
  }

  async function deliverTemplate(message: NonNullable<Channel['template']>): Promise<typeof inPlaceOfText> {
    await deliver({ template: message }, 'template')
    return inPlaceOfText
  }

  async function deliver(message: Outgoing, kind: string): Promise<void> {
    await noteSent(database, part.id, await graph.send(from, conversation.phone, message, part.id), kind)
  }

  async function refused(error: unknown): Promise<string> {
    if (!(error instanceof GraphError)) throw error
    const { code, title } = error
    if (error.isUnknown) throw error
    await noteUnsent(database, part.id, error.isRetryable ? 'pending' : 'failed', { code, title })
    if (error.isRetryable) throw error
    return String(code)
  }
}
