import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
} from '@ai-sdk/provider'
import type { KeyClaim } from '../cache/index.ts'
import type { Client } from '../clients/index.ts'
import { promptHasAudio, promptTokensBound, writesOneHourCache } from '../dialects/index.ts'
import {
  aiSdkAttempt,
  type CallEnd,
  type CallSink,
  type GatewayContext,
  guardPrompt,
  handleCall,
  localizeError,
  textsToModerate,
} from '../gateway/index.ts'
import type { CallFacts } from '../ledger/index.ts'
import type { AiSdkOut } from '../providers/index.ts'
import { GatewayError, InvariantError } from '../shared/errors.ts'
import { newId } from '../shared/id.ts'
import { cacheParts } from './cached-parts.ts'

export interface ModelSettings {
  client: Client
  /** Undefined takes the client's primary model. */
  model: string | undefined
  fallbackChain: string[] | undefined
  source: CallFacts['source']
  conversationId: string | undefined
  phone: string | undefined
  /** Of a run with an `idempotencyKey`: its first call has the claim's id. */
  claim?: KeyClaim | undefined
  /** Told of each call when it begins, in order: a run with tools is several. Rejects for one that was refused. */
  onCall: (end: Promise<CallEnd>) => void
}

/**
 * A model of the AI SDK whose every call goes through the pipeline, so that `generateText` and `streamText`, with tools and structured
 * output, are metered and held to the budget like any other call.
 */
export function createCatracaModel(context: GatewayContext, wanted: ModelSettings): LanguageModelV4 {
  let firstId = wanted.claim?.callId
  const settings: RunSettings = {
    ...wanted,
    nextCallId() {
      const callId = firstId ?? newId()
      firstId = undefined
      return callId
    },
  }
  return {
    specificationVersion: 'v4',
    provider: 'catraca',
    modelId: settings.model ?? settings.client.primaryModel,
    supportedUrls: {},
    doGenerate: (options) => generate(context, settings, options),
    doStream: (options) => stream(context, settings, options),
  }
}

interface RunSettings extends ModelSettings {
  nextCallId(): string
}

async function generate(
  context: GatewayContext,
  settings: RunSettings,
  options: LanguageModelV4CallOptions,
): Promise<LanguageModelV4GenerateResult> {
  let result: LanguageModelV4GenerateResult | undefined
  const sink: CallSink<AiSdkOut> = {
    limits: () => {},
    begin: () => {},
    write: () => true,
    drained: () => Promise.resolve(),
    finish([out]) {
      if (out?.type === 'result') result = out.result
    },
  }
  const gone = options.abortSignal ?? neverGone
  const { error } = await untilGone(run(context, settings, options, false, sink, gone), gone)
  if (error) throw error
  if (!result) throw new InvariantError('internal', 'The call ended without a result.')
  return result
}

/** Resolves with the first real content, so that a refusal is still an exception and not a stream that breaks. */
function stream(context: GatewayContext, settings: RunSettings, options: LanguageModelV4CallOptions): Promise<LanguageModelV4StreamResult> {
  return new Promise((resolve, reject) => {
    const gone = new AbortController()
    let wanted = Promise.withResolvers<void>()
    const parts = new ReadableStream<LanguageModelV4StreamPart>({
      start(controller) {
        const sink = streamSink(
          controller,
          () => wanted.promise,
          () => resolve({ stream: parts }),
          gone.signal,
        )
        const leave = () => {
          if (gone.signal.aborted) return
          gone.abort(options.abortSignal?.reason)
          // Nobody reads any more, so nobody can be waited for.
          wanted.resolve()
          controller.error(gone.signal.reason)
          reject(gone.signal.reason)
        }
        options.abortSignal?.addEventListener('abort', leave, { once: true })
        // The stream must exist before anything can resolve with it.
        queueMicrotask(() => {
          if (options.abortSignal?.aborted) leave()
          run(context, settings, options, true, sink, gone.signal)
            .then(({ error, hasBegun }) => {
              if (gone.signal.aborted) return
              if (error && !hasBegun) throw error
              if (error) controller.enqueue({ type: 'error', error })
              controller.close()
            })
            .catch(reject)
            .finally(() => options.abortSignal?.removeEventListener('abort', leave))
        })
      },
      pull() {
        wanted.resolve()
        wanted = Promise.withResolvers()
      },
      cancel() {
        gone.abort()
        wanted.resolve()
      },
    })
  })
}

function streamSink(
  controller: ReadableStreamDefaultController<LanguageModelV4StreamPart>,
  drained: () => Promise<void>,
  begin: () => void,
  gone: AbortSignal,
): CallSink<AiSdkOut> {
  const enqueue = (out: AiSdkOut) => {
    if (out.type === 'part') controller.enqueue(out.part)
  }
  return {
    limits: () => {},
    begin,
    write(out) {
      enqueue(out)
      return (controller.desiredSize ?? 1) > 0
    },
    drained,
    finish(tail) {
      if (gone.aborted) return
      // An answer without content never began, and is an answer all the same.
      begin()
      tail.forEach(enqueue)
    },
  }
}

async function run(
  context: GatewayContext,
  settings: RunSettings,
  asked: LanguageModelV4CallOptions,
  isStream: boolean,
  sink: CallSink<AiSdkOut>,
  callerGone: AbortSignal,
): Promise<CallEnd> {
  const options = guardPrompt(settings.client, asked)
  const end = handleCall(context, {
    callId: settings.nextCallId(),
    client: settings.client,
    key: undefined,
    source: settings.source,
    conversationId: settings.conversationId,
    phone: settings.phone,
    demand: {
      model: settings.model,
      fallbackChain: settings.fallbackChain,
      maxOutputTokens: options.maxOutputTokens,
      choices: 1,
      inputTokensBound: promptTokensBound(options),
      hasAudio: promptHasAudio(options.prompt),
      writesOneHourCache: writesOneHourCache(options.prompt) || writesOneHourCache(options.providerOptions),
      stream: isStream,
    },
    userTexts: textsToModerate(settings.client, { prompt: options.prompt }),
    attempt: aiSdkAttempt(context.upstream, { options, stream: isStream }),
    sink,
    callerGone,
    claim: settings.claim,
    cache: cacheParts(options, isStream),
  }).then(
    (ended) => ({ ...ended, error: ended.error && inWordsOf(settings.client, ended.error) }),
    (thrown: unknown) => {
      throw thrown instanceof GatewayError ? inWordsOf(settings.client, thrown) : thrown
    },
  )
  settings.onCall(end)
  return await end
}

/** A budget's refusal is made for one call alone, so its words and figures can be put in place for the client. */
export function inWordsOf(client: Client, error: GatewayError): GatewayError {
  if (error.details.budget === undefined && error.details.limit === undefined) return error
  const { message, details } = localizeError(error, client.locale)
  error.message = message
  Object.assign(error.details, details)
  return error
}

/** Whoever aborts a call does not wait until its answer has been read to the end and booked; that goes on without them. */
export function untilGone<T>(work: Promise<T>, gone: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(gone.reason)
    gone.addEventListener('abort', leave, { once: true })
    work.then(resolve, reject).finally(() => gone.removeEventListener('abort', leave))
  })
}

const neverGone = new AbortController().signal
