import type { LanguageModelV4CallOptions } from '@ai-sdk/provider'
import {
  type AnswerRenderer,
  type Dialect,
  type KindDialect,
  type KindRequest,
  lostSetting,
  type ParsedRequest,
  renderImages,
  toImageCallOptions,
} from '../dialects/index.ts'
import {
  type AiSdkOut,
  type AttemptOptions,
  type AttemptOutcome,
  type AttemptSink,
  emptyReport,
  providerOf,
  type Upstream,
} from '../providers/index.ts'
import { InvalidRequestError, toGatewayError, UpstreamBrokenError, UpstreamRejectedError } from '../shared/errors.ts'
import type { Call } from './call.ts'
import { takes } from './kind-of-call.ts'

/** Attempts for a caller who speaks a dialect: bytes through where the target speaks it too, else by way of the AI SDK. */
export function wireAttempt(upstream: Upstream, dialect: Dialect, request: ParsedRequest, callId: string): Call<Buffer>['attempt'] {
  return (options, sink) => {
    const { target } = options
    if (speaks(options, dialect)) return upstream.attemptPassthrough(dialect, request, options, sink)
    const renderer = dialect.createRenderer(request, { callId, model: target.modelName, createdAtMs: Date.now() })
    return translate(upstream, dialect, request, options, renderer, sink)
  }
}

/** Attempts of other kinds: the plan has only targets that take them as they are, or that draw in a chat. */
export function kindAttempt(upstream: Upstream, dialect: KindDialect, request: KindRequest): Call<Buffer>['attempt'] {
  return (options, sink) =>
    takes(options.target, request.kind.name)
      ? upstream.attemptPassthrough(dialect, request, options, sink)
      : drawInChat(upstream, request, options)
}

const noSink: AttemptSink<AiSdkOut> = { begin: () => {}, write: () => true, drained: () => Promise.resolve() }

async function drawInChat(upstream: Upstream, request: KindRequest, options: AttemptOptions): Promise<AttemptOutcome<Buffer>> {
  let callOptions: LanguageModelV4CallOptions
  try {
    callOptions = toImageCallOptions(request)
  } catch (error) {
    return neverSent(toGatewayError(error))
  }
  const { tail, ...outcome } = await upstream.attemptAiSdk({ options: callOptions, stream: false }, options, noSink)
  const [out] = tail
  if (out?.type !== 'result') return { ...outcome, tail: [] }
  const drawn = renderImages(out.result, Date.now())
  const error = drawn ? undefined : new UpstreamBrokenError('malformed_response', "The provider's answer has no picture")
  const report = { ...outcome.report, units: { images: drawn?.images ?? 0 }, outputBytes: drawn?.body.length ?? 0 }
  return { ...outcome, report, error, tail: drawn ? [drawn.body] : [], contentType: 'application/json; charset=utf-8' }
}

/** What is served by the Responses API only is so also where chat completions are spoken. */
function speaks({ target, responsesOnly }: AttemptOptions, { name }: Dialect): boolean {
  return providerOf(target).dialects.includes(name) && (!responsesOnly || name === 'openai-responses')
}

/** Attempts for the library, whose calls are the AI SDK's own. */
export function aiSdkAttempt(
  upstream: Upstream,
  call: { options: LanguageModelV4CallOptions; stream: boolean },
): Call<AiSdkOut>['attempt'] {
  return async (options, sink) => {
    try {
      refuseLost(call.options, options)
    } catch (error) {
      return neverSent(toGatewayError(error))
    }
    return await upstream.attemptAiSdk(call, options, sink)
  }
}

const promptFields = { 'openai-chat': 'messages', 'openai-responses': 'input', 'anthropic-messages': 'messages' } as const

async function translate(
  upstream: Upstream,
  dialect: Dialect,
  request: ParsedRequest,
  options: AttemptOptions,
  renderer: AnswerRenderer,
  sink: AttemptSink<Buffer>,
): Promise<AttemptOutcome<Buffer>> {
  let callOptions: LanguageModelV4CallOptions
  try {
    callOptions = dialect.toCallOptions(request)
  } catch (error) {
    return neverSent(toGatewayError(error))
  }
  const rendering: AttemptSink<AiSdkOut> = {
    begin: () => sink.begin(),
    write: (out) => render(renderer, out).reduce((goesOn, bytes) => sink.write(bytes) && goesOn, true),
    drained: () => sink.drained(),
  }
  const judge = (body: string) => {
    const lost = lostSetting(dialect.name, callOptions, body)
    return lost && rejected(lost)
  }
  const outcome = await upstream.attemptAiSdk({ options: callOptions, stream: request.stream, judge }, options, rendering)
  const { error, reached } = outcome
  // What the AI SDK refuses to send is always something in the prompt: a kind of file, above all.
  if (error?.code === 'upstream_invalid_request' && !reached) error.details.param ??= promptFields[dialect.name]
  const tail = outcome.tail.flatMap((out) => render(renderer, out))
  return { ...outcome, tail: request.stream && outcome.finished ? [...tail, ...renderer.renderEnd()] : tail }
}

/** The Responses API has no stop sequences, and an answer that ran past one would be another than was asked for. */
function refuseLost({ stopSequences }: LanguageModelV4CallOptions, { responsesOnly }: AttemptOptions): void {
  if (!responsesOnly || !stopSequences?.length) return
  const message = 'This model is served by the Responses API only, which has no stop sequences'
  throw new InvalidRequestError('invalid_body', message, { details: { param: 'stop' } })
}

function render(renderer: AnswerRenderer, out: AiSdkOut): Buffer[] {
  return out.type === 'result' ? [renderer.renderResult(out.result)] : renderer.renderPart(out.part)
}

/** The call holds something that this target cannot be asked for in its own words: nothing was sent, and the error names it. */
function neverSent<Out>(cause: Error & { details?: Record<string, unknown> }): AttemptOutcome<Out> {
  return {
    error: rejected(cause),
    httpStatus: undefined,
    reached: false,
    finished: false,
    requestId: undefined,
    report: emptyReport(),
    latencyMs: 0,
    firstTokenMs: undefined,
    tail: [],
  }
}

function rejected(cause: Error & { details?: Record<string, unknown> }): UpstreamRejectedError {
  return new UpstreamRejectedError('upstream_invalid_request', cause.message, { details: cause.details ?? {}, cause })
}
