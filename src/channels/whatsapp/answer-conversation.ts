import { randomUUID } from 'node:crypto'
import { maskPhone } from '../../conversations/index.ts'
import { isConnectionError } from '../../database/index.ts'
import { GatewayError } from '../../shared/errors.ts'
import type { AnswerRow, ConversationRow } from './answer.ts'
import { ask } from './ask.ts'
import type { Channel } from './channel.ts'
import { GraphError } from './graph-error.ts'
import { asksForHuman } from './hand-off.ts'
import type { AnswerParts } from './parts.ts'
import { giveUp, NotNowError, send } from './send.ts'
import { dropLease } from './sql/drop-lease.ts'
import { findConversation } from './sql/find-conversation.ts'
import { findWaiting } from './sql/find-waiting.ts'
import { joinAnswer } from './sql/join-answer.ts'
import { noteTry } from './sql/note-try.ts'
import { openAnswer } from './sql/open-answer.ts'
import { queueWaiting } from './sql/queue-waiting.ts'
import { takeLease } from './sql/take-lease.ts'

/** With the pauses between them (e to the power of the try, in seconds) at least ten minutes. */
const mostTries = 7

/**
 * The job: answers all that waits in a conversation, in order. May run any number of times, and beside itself: the lease keeps others out, and
 * where it is lost every step is still done by one. Rejects where another process, this one's end or the database is in the way: the queue tries
 * again.
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
      const isOvertaken = answer.tries > 0 && asksForHuman(channel, await findWaiting(database, conversationId))
      if (isOvertaken && answer.state === 'asking') {
        await joinAnswer(database, answer.id)
        continue
      }
      // Whatever else has arrived meanwhile, what failed is not tried again before its time.
      if (answer.is_early && !isOvertaken) return await queueWaiting(database, conversationId)
      await bringForward(parts, channel, conversation, answer, { stopping, mostTries: isOvertaken ? 1 : mostTries })
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
  { stopping, mostTries }: { stopping: AbortSignal; mostTries: number },
): Promise<void> {
  try {
    if (answer.state === 'asking') await ask(parts, channel, conversation, answer)
    else await send(parts, channel, conversation, answer)
  } catch (thrown) {
    if (thrown instanceof NotNowError || isConnectionError(thrown) || stopping.aborted) throw thrown
    const isLast = (await noteTry(parts.database, answer.id)) >= mostTries
    const code = codeOf(thrown)
    const what = `[WhatsApp] ${channel.clientSlug}: an answer to ${maskPhone(conversation.phone)}`
    // A bug of ours has no code that says enough.
    if (!isLast) return parts.log.warn(`${what} is tried again (${code === 'internal' ? thrown : code})`)
    parts.log.error(`${what} was given up (${code})`)
    await giveUp(parts, conversation.id, answer, code)
  }
}

function codeOf(thrown: unknown): string {
  if (thrown instanceof GatewayError) return thrown.code
  return thrown instanceof GraphError ? String(thrown.code) : 'internal'
}
