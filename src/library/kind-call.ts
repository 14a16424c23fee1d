import type { KindDialect } from '../dialects/index.ts'
import { collectAnswer, type GatewayContext, guardKind, handleCall, kindAttempt, textsToModerate } from '../gateway/index.ts'
import type { CallFacts } from '../ledger/index.ts'
import { GatewayError } from '../shared/errors.ts'
import { newId } from '../shared/id.ts'
import { type AiAccount, accountOf, checkConversationId, findClient } from './ai-call.ts'
import { inWordsOf, untilGone } from './catraca-model.ts'

/** What every call that is no chat says of itself. */
export interface KindArguments {
  clientId: string
  /** `openai/whisper-1`: a client's primary model is one for chats, so there is none to take instead. */
  model: string
  /** Models of the same kind to try when the first fails. */
  fallbackModels?: string[]
  conversationId?: string
  phone?: string
  abortSignal?: AbortSignal
  /** Where the call comes from, on its row. Default `library`. */
  source?: CallFacts['source']
}

interface KindAnswer {
  account: AiAccount
  body: Buffer
  contentType: string | undefined
}

/**
 * One call of a kind in the words of OpenAI's API, without the HTTP: the same parsing, the same pipeline, one row. Rejects with its
 * GatewayError.
 */
export async function callKind(
  context: GatewayContext,
  call: KindArguments,
  dialect: KindDialect,
  asked: { raw: Buffer; contentType?: string },
): Promise<KindAnswer> {
  const client = await findClient(context, call.clientId)
  checkConversationId(call.conversationId)
  const request = guardKind(client, dialect, dialect.parse(asked.raw, asked.contentType))
  const { sink, body } = collectAnswer()
  const callerGone = call.abortSignal ?? new AbortController().signal
  const made = handleCall(context, {
    callId: newId(),
    client,
    key: undefined,
    source: call.source ?? 'library',
    conversationId: call.conversationId,
    phone: call.phone,
    demand: { ...request, fallbackChain: call.fallbackModels },
    userTexts: textsToModerate(client, request.body),
    attempt: kindAttempt(context.upstream, dialect, request),
    sink,
    callerGone,
  })
  try {
    const { answer, error } = await untilGone(made, callerGone)
    if (error) throw error
    return { account: accountOf([answer]), body: body(), contentType: answer.contentType }
  } catch (thrown) {
    throw thrown instanceof GatewayError ? inWordsOf(client, thrown) : thrown
  }
}

/** What is not set is left out of the request. */
export function jsonRequest(fields: Readonly<Record<string, unknown>>): { raw: Buffer } {
  return { raw: Buffer.from(JSON.stringify(fields)) }
}
