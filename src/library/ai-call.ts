import { isStepCount, type LanguageModel, type ModelMessage, Output, type ToolChoice, type ToolSet } from 'ai'
import type { z } from 'zod'
import type { KeyClaim } from '../cache/index.ts'
import { type Client, isSlug } from '../clients/index.ts'
import type { Answer, CallEnd, GatewayContext } from '../gateway/index.ts'
import type { CallFacts } from '../ledger/index.ts'
import { creatorNames } from '../providers/index.ts'
import { GatewayError, InvalidRequestError, InvariantError, LedgerUnavailableError } from '../shared/errors.ts'
import { isUuid } from '../shared/id.ts'
import { nanoBrl, nanoUsd, toDecimal } from '../shared/money.ts'
import { createCatracaModel } from './catraca-model.ts'

/** What the calling application knows of the client. `openaiModel`, `groqModel`, … name the model of the provider chosen. */
export interface ClientConfig {
  id: string
  name?: string
  slug?: string
  primaryModelProvider?: string
  openaiModel?: string
  groqModel?: string
  anthropicModel?: string
  googleModel?: string
}

/** Arguments of `callAI` and `streamAI`. Settings are sent on every path, whichever provider answers. */
export interface AiCallArguments {
  clientId: string
  clientConfig?: ClientConfig
  messages: ModelMessage[]
  /** `openai/gpt-4o-mini`. Goes before `clientConfig`; without either the client's own primary model is called. */
  model?: string
  /** Models to try when the first fails; without it the client's chain, else the shared one. */
  fallbackModels?: string[]
  temperature?: number
  /** Output tokens of one answer, at the most. */
  maxTokens?: number
  topP?: number
  topK?: number
  frequencyPenalty?: number
  presencePenalty?: number
  stopSequences?: string[]
  seed?: number
  tools?: ToolSet
  toolChoice?: ToolChoice<ToolSet>
  /** Rounds of tool calls whose tools have an `execute`; each round is a call of its own on the ledger. Default 1. */
  maxSteps?: number
  /** A zod schema that the answer must fit; the result's `object` then holds it. */
  schema?: z.ZodType
  conversationId?: string
  phone?: string
  abortSignal?: AbortSignal
  /**
   * `callAI` only. A repeat with the same key within 24 hours, from any process on the same database, gets the first one's result and is
   * never billed again; with other arguments it is refused (IdempotencyError). 1 to 255 visible ASCII characters.
   */
  idempotencyKey?: string
  /** Where the call comes from, on its row. Default `library`. */
  source?: CallFacts['source']
}

export interface AiUsage {
  promptTokens: number
  completionTokens: number
  totalTokens: number
}

/** Exact decimal strings. `brl` is undefined when no exchange rate was known. */
export interface AiCost {
  usd: string
  brl: string | undefined
}

/** What the pipeline says of a run, all its rounds together. */
export interface AiAccount {
  /** The last round's id: its row in gateway_usage_logs. */
  callId: string
  /** The provider's own id of it. */
  requestId: string | undefined
  model: string
  provider: string
  wasCached: boolean
  wasFallback: boolean
  fallbackReason: string | undefined
  latencyMs: number
  usage: AiUsage
  cost: AiCost
}

export interface AiResult extends AiAccount {
  text: string
  /** What the answer holds when a `schema` was given. */
  object: unknown
  toolCalls: { toolCallId: string; toolName: string; input: unknown }[]
  /** Where tools were called: what to put after `messages`, and the tools' results after it, to go on from here. Else empty. */
  responseMessages: ModelMessage[]
  finishReason: string
  /** This is the result of an earlier call with the same `idempotencyKey`: it has been through JSON, and all of it is the earlier call's. */
  wasReplayed?: boolean
}

export interface PreparedCall {
  model: LanguageModel
  /** What the run's calls took, all together. Resolves when all of them are settled; rejects with the error of one that was refused. */
  account(): Promise<AiAccount>
  /** Whether the run's calls took anything, once all of them are settled; `unknown` where one could not be. Never rejects. */
  took(): Promise<'nothing' | 'something' | 'unknown'>
}

/** Throws InvalidRequestError for a client that does not exist or a provider that is not one of ours. */
export async function prepareCall(context: GatewayContext, call: AiCallArguments, claim?: KeyClaim): Promise<PreparedCall> {
  const client = await findClient(context, call.clientId)
  checkConversationId(call.conversationId)
  const calls: Promise<CallEnd>[] = []
  const model = createCatracaModel(context, {
    client,
    model: call.model ?? modelOf(call.clientConfig),
    fallbackChain: call.fallbackModels,
    source: call.source ?? 'library',
    conversationId: call.conversationId,
    phone: call.phone,
    claim,
    onCall(end) {
      calls.push(end)
      // Whoever made the call hears of its failure; nobody need ask for the account as well.
      end.catch(() => {})
    },
  })
  return {
    model,
    account: async () => accountOf((await Promise.all(calls)).map(({ answer }) => answer)),
    took: async () => tookOf(await Promise.allSettled(calls), call.abortSignal),
  }
}

/**
 * A call that was refused, or left before any provider was asked, rejects with the reason; anything else thrown is not known to be free, nor
 * is a refusal for want of the ledger, which may hide an admission.
 */
function tookOf(ends: readonly PromiseSettledResult<CallEnd>[], abortSignal: AbortSignal | undefined): 'nothing' | 'something' | 'unknown' {
  const isFree = (reason: unknown) =>
    (reason instanceof GatewayError && !(reason instanceof InvariantError || reason instanceof LedgerUnavailableError)) ||
    (abortSignal?.aborted === true && reason === abortSignal.reason)
  if (ends.some((end) => end.status === 'fulfilled' && (end.value.answer.usage?.totalTokens ?? 0) > 0)) return 'something'
  return ends.every((end) => end.status === 'fulfilled' || isFree(end.reason)) ? 'nothing' : 'unknown'
}

/** The call as `generateText` and `streamText` take it; what is not set is left out. */
export function toRequest(model: LanguageModel, call: AiCallArguments) {
  return {
    model,
    messages: call.messages,
    allowSystemInMessages: true,
    // The pipeline does its own fallbacks; trying again from outside would be another call to pay for.
    maxRetries: 0,
    ...(call.temperature !== undefined && { temperature: call.temperature }),
    ...(call.maxTokens !== undefined && { maxOutputTokens: call.maxTokens }),
    ...(call.topP !== undefined && { topP: call.topP }),
    ...(call.topK !== undefined && { topK: call.topK }),
    ...(call.frequencyPenalty !== undefined && { frequencyPenalty: call.frequencyPenalty }),
    ...(call.presencePenalty !== undefined && { presencePenalty: call.presencePenalty }),
    ...(call.stopSequences && { stopSequences: call.stopSequences }),
    ...(call.seed !== undefined && { seed: call.seed }),
    ...(call.tools && { tools: call.tools }),
    ...(call.toolChoice && { toolChoice: call.toolChoice }),
    ...(call.maxSteps !== undefined && { stopWhen: isStepCount(call.maxSteps) }),
    ...(call.schema && { output: Output.object({ schema: call.schema }) }),
    ...(call.abortSignal && { abortSignal: call.abortSignal }),
  }
}

/** Throws InvalidRequestError. */
export function checkConversationId(id: string | undefined): void {
  if (id === undefined || isUuid(id)) return
  throw new InvalidRequestError('invalid_body', 'conversationId must be a UUID.', { details: { param: 'conversationId' } })
}

export function accountOf(answers: readonly Answer[]): AiAccount {
  const last = answers.at(-1)
  if (!last) throw new InvalidRequestError('invalid_body', 'The run made no call.')
  const sum = (pick: (answer: Answer) => number | undefined) => answers.reduce((total, answer) => total + (pick(answer) ?? 0), 0)
  const costUsd = nanoUsd(answers.reduce((total, answer) => total + (answer.costUsd ?? 0n), 0n))
  const hasBrl = answers.every((answer) => answer.costBrl !== undefined)
  const costBrl = nanoBrl(answers.reduce((total, answer) => total + (answer.costBrl ?? 0n), 0n))
  return {
    callId: last.callId,
    requestId: last.requestId,
    model: last.model,
    provider: last.provider,
    wasCached: answers.every(({ cache }) => cache === 'hit' || cache === 'semantic'),
    wasFallback: answers.some((answer) => answer.wasFallback),
    fallbackReason: answers.find((answer) => answer.wasFallback)?.fallbackReason,
    latencyMs: sum((answer) => answer.latencyMs),
    usage: {
      promptTokens: sum((answer) => answer.usage?.inputTokens),
      completionTokens: sum((answer) => answer.usage?.outputTokens),
      totalTokens: sum((answer) => answer.usage?.totalTokens),
    },
    cost: { usd: toDecimal(costUsd), brl: hasBrl ? toDecimal(costBrl) : undefined },
  }
}

/** Throws InvalidRequestError for a client that does not exist. */
export async function findClient(context: GatewayContext, clientId: string): Promise<Client> {
  // Anything else is not even looked for.
  const isName = typeof clientId === 'string' && (isUuid(clientId) || isSlug(clientId))
  const client = isName ? await context.clients.find(clientId) : undefined
  if (!client) throw new InvalidRequestError('not_found', `There is no client ${String(clientId).slice(0, 100)}.`)
  return client
}

function modelOf(config: ClientConfig | undefined): string | undefined {
  const name = config?.primaryModelProvider
  if (config === undefined || name === undefined) return undefined
  const provider = creatorNames.find((creator) => creator === name)
  if (!provider) {
    throw new InvalidRequestError(
      'unknown_model',
      `"${name}" is not a provider: primaryModelProvider is one of ${creatorNames.join(', ')}.`,
    )
  }
  const model = config[`${provider}Model`]
  return model === undefined ? undefined : `${provider}/${model}`
}
