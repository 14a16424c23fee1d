import { maskPhone } from '../../conversations/index.ts'
import { BudgetExceededError, type ErrorCode, IdempotencyError } from '../../shared/errors.ts'
import type { AnswerRow, ConversationRow } from './answer.ts'
import { asksForBalance, describeBalance } from './balance.ts'
import type { Channel } from './channel.ts'
import type { AnswerParts } from './parts.ts'
import { isFinal, loadPrompt, writePrompt } from './prompt.ts'
import { splitText } from './split-text.ts'
import { beginSending } from './sql/begin-sending.ts'
import { endAnswer } from './sql/end-answer.ts'
import { type BatchMessage, findBatch } from './sql/find-batch.ts'
import { nextAttempt } from './sql/next-attempt.ts'
import { savePrompt } from './sql/save-prompt.ts'
import { sumContactTokens } from './sql/sum-contact-tokens.ts'
import { takeNotice } from './sql/take-notice.ts'
import { words } from './words.ts'

/** Calls that one answer may take where process after process dies in the middle of it. */
const mostAttempts = 3

/** What these refuse was the contact's own doing: they are told. */
const guardrails: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['content_blocked', 'content_flagged', 'input_too_long'])

/**
 * Brings an answer from `asking` to its words, or to an end without any. Whatever happens when, a call that came back is never made again:
 * its key is the answer's id, and its prompt is stored before it is asked. Rejects with what may pass.
 */
export async function ask(parts: AnswerParts, channel: Channel, conversation: ConversationRow, answer: AnswerRow): Promise<void> {
  const { database } = parts
  const batch = await findBatch(database, answer.id)
  // A contact who is told nothing for 24 hours may only be sent the template: no call is spent on what cannot be said.
  if (!conversation.is_open) return await meetClosedWindow(parts, channel, answer)
  // Nor on what could not be sent.
  if (!channel.accessToken) return await endAnswer(database, answer.id, 'failed', 'no_access_token')
  if (asksForBalance(channel, conversation.phone, batch)) {
    return await beginSending(database, answer.id, { kind: 'notice', parts: splitText(await describeBalance(database, channel)) })
  }
  if (answer.tries === 0) showReading(parts, channel, batch)
  try {
    await refuseSpentContact(parts, channel, conversation)
    await callModel(parts, channel, conversation, answer, batch)
  } catch (thrown) {
    if (thrown instanceof BudgetExceededError) return await refuse(parts, channel, conversation, answer, thrown)
    if (!isFinal(thrown)) throw thrown
    parts.log.warn(`[WhatsApp] ${channel.clientSlug}: an answer to ${maskPhone(conversation.phone)} failed (${thrown.code})`)
    if (!guardrails.has(thrown.code)) return await endAnswer(database, answer.id, 'failed', thrown.code)
    await beginSending(database, answer.id, { kind: 'notice', parts: [words[channel.locale].unanswerable], errorCode: thrown.code })
  }
}

async function callModel(
  parts: AnswerParts,
  channel: Channel,
  conversation: ConversationRow,
  answer: AnswerRow,
  batch: readonly BatchMessage[],
): Promise<void> {
  const { database, askModel } = parts
  const prompt = answer.prompt ?? (await writePrompt(parts, channel, conversation, answer.id, batch))
  if (!answer.prompt) await savePrompt(database, answer.id, prompt)
  for (let attempt = answer.attempt; ; attempt += 1) {
    try {
      const result = await askModel({
        clientId: channel.clientId,
        messages: await loadPrompt(parts, channel, prompt),
        ...(channel.model !== undefined && { model: channel.model }),
        source: 'whatsapp',
        conversationId: conversation.id,
        phone: conversation.phone,
        idempotencyKey: `whatsapp:${answer.id}:${attempt}`,
      })
      const { callId, usage } = result
      const said = splitText(result.text)
      if (said.length === 0) return await endAnswer(database, answer.id, 'failed', 'empty_answer')
      return await beginSending(database, answer.id, { kind: 'text', parts: said, callId, totalTokens: usage.totalTokens })
    } catch (thrown) {
      // The process that asked died while the provider answered: that call is booked by its hold, and its words are lost.
      const isLost = thrown instanceof IdempotencyError && !thrown.retryable
      if (!isLost || attempt - answer.attempt >= mostAttempts - 1) throw thrown
      await nextAttempt(database, answer.id, attempt)
    }
  }
}

async function meetClosedWindow({ database, log }: AnswerParts, channel: Channel, answer: AnswerRow): Promise<void> {
  if (!channel.template) {
    log.warn(`[WhatsApp] ${channel.clientSlug}: nothing is sent after the 24 hours, because the channel has no template`)
    return await endAnswer(database, answer.id, 'failed', 'outside_window')
  }
  await beginSending(database, answer.id, { kind: 'notice', parts: [channel.template.name], errorCode: 'outside_window' })
}

async function refuseSpentContact({ database }: AnswerParts, channel: Channel, conversation: ConversationRow): Promise<void> {
  const { contactDailyTokens: limit, timeZone } = channel
  if (limit === undefined || (await sumContactTokens(database, conversation.id, timeZone)) < limit) return
  throw new BudgetExceededError('budget_exceeded', `This contact's ${limit} tokens of the day are used up.`, { details: { contact: true } })
}

/** The contact is told once an hour, the log every time. */
async function refuse(
  { database, log }: AnswerParts,
  channel: Channel,
  conversation: ConversationRow,
  answer: AnswerRow,
  { code, message }: BudgetExceededError,
): Promise<void> {
  log.warn(`[WhatsApp] ${channel.clientSlug}: no answer to ${maskPhone(conversation.phone)} (${code}): ${message}`)
  if (!(await takeNotice(database, conversation.id))) return await endAnswer(database, answer.id, 'refused', code)
  const notice = channel.refusalNotice ?? words[channel.locale].refusal
  await beginSending(database, answer.id, { kind: 'notice', parts: splitText(notice), errorCode: code })
}

/** Nobody waits for it, and nothing is lost without it. */
function showReading({ graph, log }: AnswerParts, channel: Channel, batch: readonly BatchMessage[]): void {
  const last = batch.at(-1)
  if (!last || !channel.accessToken) return
  const from = { phoneNumberId: channel.phoneNumberId, token: channel.accessToken }
  graph.markRead(from, last.wamid).catch((error: unknown) => {
    log.warn(`[WhatsApp] ${channel.clientSlug}: a message could not be marked as read (${error instanceof Error ? error.message : error})`)
  })
}
