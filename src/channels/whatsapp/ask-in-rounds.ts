import type { ModelMessage, ToolSet } from 'ai'
import { handOffTool, listTools, maskPhone } from '../../conversations/index.ts'
import { IdempotencyError } from '../../shared/errors.ts'
import type { AnswerRow, ConversationRow, PromptEntry, PromptRound } from './answer.ts'
import type { Channel } from './channel.ts'
import { handOff } from './hand-off.ts'
import type { AnswerParts, ModelAnswer } from './parts.ts'
import { loadPrompt, writePrompt } from './prompt.ts'
import { refuseSpentContact } from './refuse-spent-contact.ts'
import { runTools } from './run-tools.ts'
import { splitText } from './split-text.ts'
import { beginSending } from './sql/begin-sending.ts'
import type { BatchMessage } from './sql/find-batch.ts'
import { findConversation } from './sql/find-conversation.ts'
import { nextAttempt } from './sql/next-attempt.ts'
import { savePrompt } from './sql/save-prompt.ts'
import { words } from './words.ts'

/** Calls that one round may take where process after process dies in the middle of it. */
const mostAttempts = 3
/** Calls that one answer may take; the last has no tools, so that it must be words. */
const mostCalls = 5

/**
 * Asks the model until it has words, running the tools that it calls in between. Each round is a call with a key of its own, and is stored
 * before the next: whatever dies when, a call that came back is never made again. Rejects with what refuses a call.
 */
export async function askInRounds(
  parts: AnswerParts,
  channel: Channel,
  conversation: ConversationRow,
  answer: AnswerRow,
  batch: readonly BatchMessage[],
): Promise<void> {
  const { database } = parts
  const rows = await listTools(database, channel.id)
  // It brings the AI SDK along, which a gateway without channels never needs.
  const { toolsOf } = await import('./tools-of.ts')
  const tools = toolsOf(channel, rows)
  const hasTools = Object.keys(tools).length > 0
  let prompt = answer.prompt ?? undefined
  prompt ??= await savePrompt(database, answer.id, await writePrompt(parts, channel, conversation, answer.id, batch, hasTools), 0)
  let { attempt } = answer
  // Undefined: somebody else has brought the answer further.
  while (prompt) {
    await refuseSpentContact(parts, channel, conversation)
    const rounds = roundsIn(prompt)
    const isLast = rounds.length + 1 >= mostCalls
    const call = { tools: hasTools ? tools : undefined, isLast, round: rounds.length }
    const asked = await askOnce(parts, channel, conversation, { ...answer, attempt }, await loadPrompt(parts, channel, prompt), call)
    attempt = asked.attempt
    const { result } = asked
    const totalTokens = rounds.reduce((sum, round) => sum + round.totalTokens, result.usage.totalTokens)
    if (isLast || result.toolCalls.length === 0) return await say(parts, channel, conversation, answer, result, totalTokens)
    if (channel.handsOff && result.toolCalls.some(({ toolName }) => toolName === handOffTool)) {
      return await handOff(parts, channel, conversation, answer, { who: 'the model', callId: result.callId, totalTokens })
    }
    // Tools may do things in the client's name: not once a human has the conversation.
    if ((await findConversation(database, conversation.id))?.status !== 'bot') return
    const results = await runTools(parts, { channel, conversation, answer, round: rounds.length, tools: rows }, result.toolCalls)
    const messages: ModelMessage[] = [...result.responseMessages.filter(({ role }) => role === 'assistant'), results]
    prompt = await savePrompt(
      database,
      answer.id,
      [...prompt, { role: 'round', messages, totalTokens: result.usage.totalTokens }],
      totalTokens,
    )
  }
}

async function say(
  { database, log }: AnswerParts,
  channel: Channel,
  conversation: ConversationRow,
  answer: AnswerRow,
  { text, callId }: ModelAnswer,
  totalTokens: number,
): Promise<void> {
  const parts = splitText(text)
  if (parts.length > 0) {
    await beginSending(database, answer.id, { kind: 'text', parts, callId, totalTokens })
    return
  }
  // A filter of the provider's, or a model that thought until its tokens were gone.
  log.warn(`[WhatsApp] ${channel.clientSlug}: the model answered ${maskPhone(conversation.phone)} with nothing`)
  const notice = words[channel.locale].unanswerable
  await beginSending(database, answer.id, { kind: 'notice', parts: [notice], callId, totalTokens, errorCode: 'empty_answer' })
}

function roundsIn(prompt: readonly PromptEntry[]): PromptRound[] {
  return prompt.filter((entry) => entry.role === 'round')
}

/** One round, also where a process died in the middle of it. */
async function askOnce(
  { database, askModel }: AnswerParts,
  channel: Channel,
  conversation: ConversationRow,
  answer: AnswerRow,
  messages: ModelMessage[],
  { tools, isLast, round }: { tools: ToolSet | undefined; isLast: boolean; round: number },
): Promise<{ result: ModelAnswer; attempt: number }> {
  for (let { attempt } = answer; ; attempt += 1) {
    try {
      const result = await askModel({
        clientId: channel.clientId,
        messages,
        ...(channel.model !== undefined && { model: channel.model }),
        ...(tools && { tools }),
        ...(tools && isLast && { toolChoice: 'none' }),
        source: 'whatsapp',
        conversationId: conversation.id,
        phone: conversation.phone,
        idempotencyKey: `whatsapp:${answer.id}:${attempt}${round === 0 ? '' : `:${round}`}`,
      })
      return { result, attempt }
    } catch (thrown) {
      // The process that asked died while the provider answered: that call is booked by its hold, and its words are lost.
      const isLost = thrown instanceof IdempotencyError && !thrown.retryable
      if (!isLost || attempt - answer.attempt >= mostAttempts - 1) throw thrown
      await nextAttempt(database, answer.id, attempt)
    }
  }
}
