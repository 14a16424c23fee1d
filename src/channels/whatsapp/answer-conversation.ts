import { randomUUID } from 'node:crypto'
import { maskPhone } from '../../conversations/index.ts'
import { isConnectionError } from '../../database/index.ts'
import { GatewayError } from '../../shared/errors.ts'
import type { AnswerRow, ConversationRow } from './answer.ts'
import { ask } from './ask.ts'
import type { Channel } from './channel.ts'
import { GraphError } from './graph-error.ts'
import type { AnswerParts } from './parts.ts'
import { giveUp, NotNowError, send } from './send.ts'
import { dropLease } from './sql/drop-lease.ts'
import { findConversation } from './sql/find-conversation.ts'
import { noteTry } from './sql/note-try.ts'
import { openAnswer } from './sql/open-answer.ts'
import { queueWaiting } from './sql/queue-waiting.ts'
import { takeLease } from './sql/take-lease.ts'

/** With the queue's pauses between them (e to the power of the try, in seconds) about twenty minutes. */
const mostTries = 7

/**
 * The job: answers all that waits in a conversation, in order. May run any number of times, and beside itself: the lease keeps others out, and
 * where it is lost every step is still done by one. Rejects with what may pass, so that the queue tries again.
 */
export async function answerConversation(parts: AnswerParts, conversationId: string, stopping: AbortSignal): Promise<void> {
  const { database, leaseMs } = parts
  const found = await findConversation(database, conversationId)
  const channel = found?.channel_id == null ? undefined : await parts.channels.find(found.channel_id)
  // A channel that was taken away answers nobody.
  if (!found || !channel) return
  const lease = randomUUID()
  if (!(await takeLease(database, conversationId, lease, leaseMs))) throw new NotNowError('the conversation is being answered')
  const renew = () => {
    takeLease(database, conversationId, lease, leaseMs).catch(() => {})
  }
  const timer = setInterval(renew, leaseMs / 3)
  try {
    while (!stopping.aborted) {
      const answer = await openAnswer(database, conversationId)
      const conversation = answer && (await findConversation(database, conversationId))
      if (!answer || !conversation) return await queueWaiting(database, conversationId)
      await bringForward(parts, channel, conversation, answer, stopping)
    }
    throw new NotNowError('the process is stopping')
  } finally {
    clearInterval(timer)
    await dropLease(database, conversationId, lease).catch(() => {})
  }
}

async function bringForward(
  parts: AnswerParts,
  channel: Channel,
  conversation: ConversationRow,
  answer: AnswerRow,
  stopping: AbortSignal,
): Promise<void> {
  try {
    if (answer.state === 'asking') await ask(parts, channel, conversation, answer)
    else await send(parts, channel, conversation, answer)
  } catch (thrown) {
    if (thrown instanceof NotNowError || isConnectionError(thrown) || stopping.aborted) throw thrown
    if ((await noteTry(parts.database, answer.id)) < mostTries) throw thrown
    const code = codeOf(thrown)
    parts.log.error(`[WhatsApp] ${channel.clientSlug}: an answer to ${maskPhone(conversation.phone)} was given up (${code})`)
    await giveUp(parts, conversation.id, answer, code)
  }
}

function codeOf(thrown: unknown): string {
  if (thrown instanceof GatewayError) return thrown.code
  return thrown instanceof GraphError ? String(thrown.code) : 'internal'
}
