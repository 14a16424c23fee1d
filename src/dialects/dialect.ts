import type { LanguageModelV4CallOptions, LanguageModelV4GenerateResult, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import type { GatewayError } from '../shared/errors.ts'
import type { MeasuredUnits, TokenUsage } from '../usage/index.ts'
import type { Kind } from './kind.ts'

export type DialectName = 'openai-chat' | 'openai-responses' | 'anthropic-messages'

/** A call as its wire format says it, with what the pipeline needs read off it. */
export interface ParsedRequest {
  dialect: DialectName
  /** The bytes that the caller sent. */
  raw: Buffer
  /** The same, parsed. Unknown fields are kept, because they pass through when both sides speak this dialect. */
  body: Record<string, unknown>
  /** As the caller wrote it; undefined asks for the client's primary model. */
  model: string | undefined
  stream: boolean
  /** Did the caller ask for usage in the stream? */
  wantsStreamUsage: boolean
  /** The caller's own limit of output tokens for each choice. */
  maxOutputTokens: number | undefined
  /** How many answers are asked for (`n`). */
  choices: number
  /** Never below what any provider will count as input: UTF-8 bytes of all content plus a template overhead, images by rule. */
  inputTokensBound: number
  /** Does it hold something to listen to? Many models bill that higher than text. */
  hasAudio: boolean
  /** Left out for a chat. */
  kind?: Kind
  /** Of `raw` as it goes to an upstream; left out for JSON. */
  contentType?: string
  /** Does it ask the provider to keep its cache for an hour, which costs more to write? Left out where that cannot be asked for. */
  writesOneHourCache?: boolean
  /** Headers of the caller's that go on to an upstream of this dialect, already judged; no others do. */
  headers?: Readonly<Record<string, string>>
}

/** A request's own headers, by their lower-case names. */
export type CallerHeaders = Readonly<Record<string, string | string[] | undefined>>

/** What an attempt learnt from the upstream's answer, whichever way it went through. */
export interface AnswerReport {
  /** As the provider reported it and not yet checked; undefined when it reported none. */
  usage: TokenUsage | undefined
  finishReason: string | undefined
  /** The provider's own name for the model that answered, often a dated one. */
  model: string | undefined
  /** UTF-8 bytes of generated content (text, reasoning, tool arguments) seen so far: the ground of an estimate when usage is missing. */
  outputBytes: number
  /** Pieces of generated content seen so far; most providers send about one token a piece. */
  outputPieces: number
  /** Vercel's `providerMetadata.gateway`, where it is there. */
  gatewayMetadata: Record<string, unknown> | undefined
  /** Seconds, characters or images as the provider reported them and not yet checked. */
  units?: MeasuredUnits
  /** Better than what follows from `outputBytes`, where usage is missing. */
  estimate?: { inputTokens: number; outputTokens: number }
}

/** Reads usage off bytes that are forwarded unchanged. One tap serves one answer. */
export interface AnswerTap {
  /**
   * Takes a piece of the upstream's body as it came and returns what may go to the caller now. Everything from the frame that ends
   * the answer (usage chunk, `[DONE]`) on is held back, because the call is settled before its last bytes go out.
   */
  push(chunk: Buffer): Buffer | undefined
  /** The upstream's body has ended. `tail` is what was held; `error` says that the answer is broken or is itself an error event. */
  end(): { tail: Buffer[]; error: GatewayError | undefined }
  /** True from the first piece of real content on: until then another target may still be tried. */
  readonly begun: boolean
  /** True when nothing that may still come can make the answer whole: reading on is useless, and `end` tells what is wrong. */
  readonly broken?: boolean
  /** True where nothing but the end of the body tells that the answer is whole: one that breaks off never is. */
  readonly endsWithBody?: boolean
  readonly report: AnswerReport
}

/** Renders the AI SDK's answer in this dialect. One renderer serves one answer. */
export interface AnswerRenderer {
  renderResult(result: LanguageModelV4GenerateResult): Buffer
  /** The bytes for one part; an empty array for parts that this dialect does not show. */
  renderPart(part: LanguageModelV4StreamPart): Buffer[]
  /** The frames that end a whole and good stream. */
  renderEnd(): Buffer[]
}

export interface Dialect {
  readonly name: DialectName
  /** Throws InvalidRequestError with the field's name in `details.param`. */
  parse(raw: Buffer, headers?: CallerHeaders): ParsedRequest
  /**
   * The body for an upstream that speaks this dialect too: the caller's bytes, with nothing changed but the model's name there, the
   * request for usage in a stream, the output limit, and `extra` top-level fields.
   */
  prepareBody(request: ParsedRequest, edit: UpstreamEdit): Buffer
  /** The same call for the AI SDK; throws InvalidRequestError naming what this translation cannot carry. */
  toCallOptions(request: ParsedRequest): LanguageModelV4CallOptions
  createTap(request: ParsedRequest, contentType?: string): AnswerTap
  createRenderer(request: ParsedRequest, answer: { callId: string; model: string; createdAtMs: number }): AnswerRenderer
  /** The whole body of a refusal, in this dialect's shape. */
  renderError(error: GatewayError, callId: string): Buffer
  /** The event that tells of a failure after the first byte. */
  renderStreamError(error: GatewayError, callId: string): Buffer
  /** The status of a refusal, where this dialect has another one than the error's own. */
  statusOf?(error: GatewayError): number
  /** What may stand between two frames of a stream to keep a silent connection open; undefined: a comment, which is in every SSE stream. */
  readonly ping?: Buffer
  /** An upstream's error answer as ours. `providerName` goes into the message; keys never do. */
  parseUpstreamError(status: number, headers: Record<string, string | undefined>, body: Buffer, providerName: string): GatewayError
}

export interface UpstreamEdit {
  /** The model's name at this target. */
  model: string
  /** Sent as the output limit, in `limitField`; undefined leaves the caller's own as it is. */
  maxOutputTokens: number | undefined
  limitField: 'max_tokens' | 'max_completion_tokens'
  /** It knows no other name for the limit, so the caller's own goes by this one too. */
  refusesOtherLimitField?: boolean
  /** Does the upstream understand `stream_options.include_usage`? */
  asksStreamUsage: boolean
  /** Replaces the caller's fields of these names; a value of undefined takes the caller's field out. */
  extra: Record<string, unknown> | undefined
}
