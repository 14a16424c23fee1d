import { maskPhone } from '../../conversations/index.ts'
import { BudgetExceededError, type ErrorCode } from '../../shared/errors.ts'
import type { AnswerRow, ConversationRow } from './answer.ts'
import { askInRounds } from './ask-in-rounds.ts'
import { asksForBalance, describeBalance } from './balance.ts'
import type { Channel } from './channel.ts'
import { asksForHuman, handOff, handOffUntold } from './hand-off.ts'
import type { AnswerParts } from './parts.ts'
import { isFinal } from './prompt.ts'
import { splitText } from './split-text.ts'
import { beginSending } from './sql/begin-sending.ts'
import { endAnswer } from './sql/end-answer.ts'
import { type BatchMessage, findBatch } from './sql/find-batch.ts'
import { words } from './words.ts'

/** What these refuse was the contact's own doing: they are told. */
const guardrails: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['content_blocked', 'content_flagged', 'input_too_long'])

/** What is shown to a model, which may be one that cannot see it. */
const shownKinds: ReadonlySet<string> = new Set(['image', 'sticker', 'document'])

/** Brings an answer from `asking` to its words, or to an end without any. Rejects with what may pass. */
export async function ask(parts: AnswerParts, channel: Channel, conversation: ConversationRow, answer: AnswerRow): Promise<void> {
  const { database } = parts
  const batch = await findBatch(database, answer.id)
  // Retention has deleted what this was to answer.
  if (batch.length === 0) return await endAnswer(database, answer.id, 'dropped', undefined)
  const wantsHuman = answer.hands_off || asksForHuman(channel, batch)
  // A contact who is told nothing for 24 hours may only be sent the template: no call is spent on what cannot be said.
  if (!conversation.is_open && wantsHuman) return await handOffUntold(parts, conversation, answer, 'outside_window')
  if (!conversation.is_open) return await meetClosedWindow(parts, channel, answer)
  // Nor on what could not be sent.
  if (!channel.accessToken && wantsHuman) return await handOffUntold(parts, conversation, answer, 'no_access_token')
  if (!channel.accessToken) return await endAnswer(database, answer.id, 'failed', 'no_access_token')
  if (asksForBalance(channel, conversation.phone, batch)) {
    await beginSending(database, answer.id, { kind: 'notice', parts: splitText(await describeBalance(database, channel)) })
    return
  }
  if (wantsHuman) return await handOff(parts, channel, conversation, answer, { who: 'a keyword' })
  if (batch.every(({ kind, body }) => kind === 'video' && body === null)) {
    await beginSending(database, answer.id, { kind: 'notice', parts: splitText(channel.videoNotice ?? words[channel.locale].video) })
    return
  }
  if (answer.tries === 0) showReading(parts, channel, batch)
  try {
    await askInRounds(parts, channel, conversation, answer, batch)
  } catch (thrown) {
    if (thrown instanceof BudgetExceededError) return await refuse(parts, channel, conversation, answer, thrown)
    if (!isFinal(thrown)) throw thrown
    parts.log.warn(`[WhatsApp] ${channel.clientSlug}: an answer to ${maskPhone(conversation.phone)} failed (${thrown.code})`)
    const notice = noticeOf(thrown.code, channel, batch)
    if (notice === undefined) return await endAnswer(database, answer.id, 'failed', thrown.code)
    await beginSending(database, answer.id, { kind: 'notice', parts: [notice], errorCode: thrown.code })
  }
}

/** What a contact is told of a failure that is their message's; undefined where it is none of theirs. */
function noticeOf(code: ErrorCode, { locale }: Channel, batch: readonly BatchMessage[]): string | undefined {
  if (guardrails.has(code)) return words[locale].unanswerable
  const isShown = batch.some(({ kind, media }) => media !== null && shownKinds.has(kind))
  return isShown && code === 'upstream_invalid_request' ? words[locale].unreadable : undefined
}

async function meetClosedWindow({ database, log }: AnswerParts, channel: Channel, answer: AnswerRow): Promise<void> {
  if (!channel.template) {
    log.warn(`[WhatsApp] ${channel.clientSlug}: nothing is sent after the 24 hours, because the channel has no template`)
    return await endAnswer(database, answer.id, 'failed', 'outside_window')
  }
  await beginSending(database, answer.id, { kind: 'notice', parts: [channel.template.name], errorCode: 'outside_window' })
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
  const notice = channel.refusalNotice ?? words[channel.locale].refusal
  const isTold = await beginSending(database, answer.id, { kind: 'notice', parts: splitText(notice), errorCode: code, isHourly: true })
  if (!isTold) await endAnswer(database, answer.id, 'refused', code)
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
