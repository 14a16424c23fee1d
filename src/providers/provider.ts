import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider'
import type { AnswerReport, Dialect, DialectName, KindName, ParsedRequest } from '../dialects/index.ts'
import type { GatewayError } from '../shared/errors.ts'
import type { PoolStats } from './connections.ts'
import type { ReportDays, UsageReportDescription, UsageReportResult } from './usage-report.ts'

/** The four that are built in. `vercel` is a route to them, not a creator of models. An operator adds more by name: see `ProviderEntry`. */
export type CreatorName = 'openai' | 'groq' | 'anthropic' | 'google'
export type ProviderName = CreatorName | 'vercel'
export type Via = 'vercel' | 'direct'

/** Where each built-in provider is, without a trailing slash. From the operator's environment only: nothing in a request reaches it. */
export type BaseUrls = Readonly<Record<ProviderName, string>>

/** Everything we know of one provider, in one place: adding one is adding a description. */
export interface ProviderDescription {
  readonly name: string
  readonly displayName: string
  /** Where it is, if an operator added it; where a built-in one is the environment says. */
  readonly baseUrl?: string
  /** It takes calls without a key, as a server on the operator's own machines may. */
  readonly isKeyless?: boolean
  /** What its keys begin with, for the checks of `catraca setup` and `doctor`. */
  readonly keyPrefix: string
  /** The dialects whose bytes it takes as they are. */
  readonly dialects: readonly DialectName[]
  /** Where it takes OpenAI's kinds of call that are no chat, below its base URL; what is left out it does not serve. */
  readonly kinds?: Readonly<Partial<Record<KindName, string>>>
  /** Does it serve this creator's models for pictures as models that draw in a chat? */
  drawsInChat?(creator: string): boolean
  /** The answer's header that holds the provider's own id of the request; the first that is there counts. */
  readonly requestIdHeaders: readonly string[]
  /** What it calls the target's model; undefined when it is known not to have it. */
  modelNameOf(target: Pick<Target, 'creator' | 'modelName'>): string | undefined
  /** Path and headers of a passthrough request in one of `dialects`; the key goes nowhere else. */
  passthrough(call: { baseUrl: string; key: string; dialect: DialectName }): UpstreamRequest
  /** Where it counts a prompt's tokens for nothing; undefined where it does not. */
  countTokens?(call: { baseUrl: string; key: string }): UpstreamRequest
  /** The cheapest request that a good key passes and a bad key does not, for `doctor`. Costs nothing. Throws ConfigurationError where none is known. */
  probe(call: { baseUrl: string; key: string }): UpstreamRequest
  /** Its package of the AI SDK: loaded by the first call that needs it, because most gateways need one at most. Rejects where it is not installed. */
  load(): Promise<unknown>
  /** The edit of the body that this provider needs, the limit's field name included. */
  edit(target: Target, request: ParsedRequest, credentials: Credentials, maxOutputTokens?: number): ProviderEdit
  /** The AI SDK's model for translation and for the library. */
  languageModel(call: LanguageModelCall): Promise<LanguageModelV4>
  /** What the AI SDK's model must be told besides, for instance the keys passed along; replaces what `asked` says under the same name. */
  providerOptions(target: Target, credentials: Credentials, call: { asked: ProviderOptions; responsesOnly: boolean }): ProviderOptions
  /** Its own count of what it will bill, where it has an API for that. */
  readonly usageReport?: UsageReportDescription
}

export interface UpstreamRequest {
  url: URL
  headers: Record<string, string>
}

export interface ProviderEdit {
  limitField: 'max_tokens' | 'max_completion_tokens'
  /** It knows no other name for the limit, so the caller's own goes by this one too. */
  refusesOtherLimitField?: boolean
  asksStreamUsage: boolean
  /** A lower limit than the hold's, where this provider adds to what it is told. */
  maxOutputTokens?: number
  extra: Record<string, unknown> | undefined
}

export type ProviderOptions = LanguageModelV4CallOptions['providerOptions']

export interface LanguageModelCall {
  baseUrl: string
  key: string
  /** As `modelNameOf` says it. */
  modelName: string
  /** The hold's bound: what is written to the provider never asks for more, whatever the AI SDK adds to it. */
  maxOutputTokens: number | undefined
  /** Is the model served by OpenAI's Responses API and by no other? */
  responsesOnly: boolean
  /** Goes only to `baseUrl`, with the attempt's timeouts. */
  fetch: typeof globalThis.fetch
}

/** A model by a route. */
export interface Target {
  /** `openai/gpt-4o-mini` */
  identifier: string
  creator: string
  /** The model's own name: `gpt-4o-mini`. */
  modelName: string
  via: Via
  /** Who is asked, if an operator added it. It stays with the target, so that removing it ends no call. */
  provider?: ProviderDescription
}

/** What a call may use: never any key but the shared ones. Keys live only for the length of the call. */
export interface Credentials {
  gatewayKey: string | undefined
  providerKeys: Readonly<Record<string, string>>
  /** The client's slug, so that Vercel's own reports agree with ours. */
  user: string
}

export interface Timeouts {
  connectMs: number
  /** From the request's last byte to the first byte of the answer. */
  firstByteMs: number
  /** Between two pieces of the answer. */
  idleMs: number
  totalMs: number
}

/** Where an attempt puts what it gets. `Out` is bytes for the wire, AI SDK stream parts for the library. */
export interface AttemptSink<Out> {
  /**
   * The first real content is here: this target is committed and no other will be tried. `contentType` is what it is, where that is not
   * the dialect's own.
   */
  begin(contentType?: string): void
  /** False asks the attempt to pause its upstream until `drained` resolves. */
  write(out: Out): boolean
  drained(): Promise<void>
}

export interface AttemptOptions {
  target: Target
  credentials: Credentials
  /** Undefined sends the caller's own limit, or none. */
  maxOutputTokens: number | undefined
  /** Is the target's model served by OpenAI's Responses API and by no other? */
  responsesOnly?: boolean
  timeouts: Timeouts
  /** Aborts the upstream request; the attempt then ends as any other, with what it saw. */
  signal: AbortSignal
  /** Sent along as the header of that name: the call's own place in a trace. */
  traceparent?: string | undefined
}

/** How one attempt ended. Attempts never throw: a failure is an outcome with an error. */
export interface AttemptOutcome<Out> {
  /** An attempt that its own signal ended has the signal's reason where that is a GatewayError, else `stream_cut`. */
  error: GatewayError | undefined
  /** The upstream's status; undefined when no answer came. */
  httpStatus: number | undefined
  /** False only when it is certain that the provider never got the request: then nothing can have been billed. */
  reached: boolean
  /** Did the answer come to its own end, with nothing missing? */
  finished: boolean
  /** It ended while we were not reading, because its caller was slow: more of the answer may have been sent than was seen. */
  unread?: boolean
  /** The provider's own id of the request. */
  requestId: string | undefined
  report: AnswerReport
  latencyMs: number
  /** From the start until a connection took the request; undefined where none did. */
  connectedMs?: number | undefined
  firstTokenMs: number | undefined
  /** What must not go to the caller before the call is settled: a whole body, or the end of a stream. Empty unless `finished`. */
  tail: Out[]
  /** What the answer is, where that is not the dialect's own. */
  contentType?: string | undefined
}

/** All of a dialect that bytes need which pass through. */
export type PassthroughDialect = Pick<Dialect, 'name' | 'prepareBody' | 'createTap' | 'parseUpstreamError'>

export type PassthroughAttempt = (
  dialect: PassthroughDialect,
  request: ParsedRequest,
  options: AttemptOptions,
  sink: AttemptSink<Buffer>,
) => Promise<AttemptOutcome<Buffer>>

/** What the AI SDK gives: a whole result when the call is not streamed, parts when it is. */
export type AiSdkOut = { type: 'result'; result: LanguageModelV4GenerateResult } | { type: 'part'; part: LanguageModelV4StreamPart }

export type AiSdkAttempt = (
  call: {
    options: LanguageModelV4CallOptions
    stream: boolean
    /** Sees the body before it goes; a returned error ends the attempt, and nothing was sent. */
    judge?: (body: string) => GatewayError | undefined
  },
  options: AttemptOptions,
  sink: AttemptSink<AiSdkOut>,
) => Promise<AttemptOutcome<AiSdkOut>>

/** How a provider answered to a key. */
export type ProbeResult =
  | { ok: true; latencyMs: number }
  /** The key is not good there. */
  | { ok: false; reason: 'refused'; httpStatus: number; message: string }
  /** No answer, or none that says anything about the key. */
  | { ok: false; reason: 'unreachable' | 'unexpected'; httpStatus: number | undefined; message: string }

/** The only place that opens connections to model hosts. */
export interface Upstream {
  /** The caller's bytes to a provider that speaks the caller's dialect. */
  attemptPassthrough: PassthroughAttempt
  /** The same call through the AI SDK: for translation, and for the library. */
  attemptAiSdk: AiSdkAttempt
  /** A prompt's length as the provider counts it, which costs nothing: only for providers that have `countTokens`. */
  countTokens: PassthroughAttempt
  /** Is this key good? Never throws and spends nothing. */
  probe(provider: ProviderName | ProviderDescription, key: string): Promise<ProbeResult>
  /** What the provider itself counted in these days, by model. Never throws and spends nothing. */
  readUsageReport(provider: ProviderName, adminKey: string, days: ReportDays): Promise<UsageReportResult>
  /** How the connections to each host are used at the moment. */
  stats(): readonly PoolStats[]
  /** Ends all connections; attempts under way end with an error. */
  close(): Promise<void>
}
