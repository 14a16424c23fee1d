import type { IncomingHttpHeaders } from 'node:http'
import type { LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { retryAfterMsFrom, upstreamError } from '../dialects/index.ts'
import type { GatewayError } from '../shared/errors.ts'
import { fromAiSdkError } from './ai-sdk-error.ts'
import { createAiSdkFetch, type FetchWatch } from './ai-sdk-fetch.ts'
import { isContent, reportPart, reportResult } from './ai-sdk-report.ts'
import { firstHeader, refusalOfAnswer, singleHeaders } from './answer-headers.ts'
import { abortError, connectionError, keyOf, malformed, modelNameAt, timeoutError } from './attempt-error.ts'
import { afterReading, CallClock } from './call-clock.ts'
import type { Connections } from './connections.ts'
import { emptyReport } from './empty-report.ts'
import { withoutKeysOf } from './hide-keys.ts'
import type { AiSdkAttempt, AiSdkOut, AttemptOptions, AttemptOutcome, AttemptSink, ProviderDescription } from './provider.ts'
import { providerOf } from './providers.ts'

const longestAnswerBytes = 64 * 1024 * 1024
const longestErrorBytes = 64 * 1024

export interface AiSdkOptions {
  connections: Connections
  baseUrlOf: (provider: ProviderDescription) => string
}

type Call = Parameters<AiSdkAttempt>[0]

/** The same attempt through the AI SDK's model of the provider: for another dialect than the caller's, and for the library. */
export function createAiSdkAttempt(upstream: AiSdkOptions): AiSdkAttempt {
  return async (call, options, sink) => {
    // Before the clock starts: loading is not the provider's time. Where it fails, the call itself says so.
    await providerOf(options.target)
      .load()
      .catch(() => {})
    return await new Promise((resolve) => void new AiSdkCall(upstream, call, options, sink, resolve).run())
  }
}

/** One attempt. Whatever happens first ends it, the AI SDK's own promise or stream included; what comes after is ignored. */
class AiSdkCall implements FetchWatch {
  private readonly upstream: AiSdkOptions
  private readonly call: Call
  private readonly options: AttemptOptions
  private readonly sink: AttemptSink<AiSdkOut>
  private readonly resolve: (outcome: AttemptOutcome<AiSdkOut>) => void
  private readonly description: ProviderDescription
  private readonly clock: CallClock
  private readonly stop = new AbortController()
  private readonly stopped = new Promise((resolve) => this.stop.signal.addEventListener('abort', resolve, { once: true }))
  private readonly onAbort = () => afterReading(() => this.interrupt(abortError(this.options.signal)))
  private readonly report = emptyReport()
  private readonly tail: AiSdkOut[] = []
  private ended = false
  private reached = false
  private status: number | undefined
  private headers: IncomingHttpHeaders = {}
  private receivedBytes = 0
  private begunAtMs: number | undefined

  constructor(
    upstream: AiSdkOptions,
    call: Call,
    options: AttemptOptions,
    sink: AttemptSink<AiSdkOut>,
    resolve: (outcome: AttemptOutcome<AiSdkOut>) => void,
  ) {
    this.upstream = upstream
    this.call = call
    this.options = options
    this.sink = sink
    this.resolve = resolve
    this.description = providerOf(options.target)
    this.clock = new CallClock(options.timeouts, (which) =>
      this.interrupt(timeoutError(which, options.timeouts, this.description.displayName)),
    )
  }

  async run(): Promise<void> {
    const { signal } = this.options
    signal.addEventListener('abort', this.onAbort)
    try {
      if (signal.aborted) throw abortError(signal)
      if (this.call.stream) await this.stream()
      else await this.generate()
    } catch (error) {
      this.interrupt(this.errorFrom(error))
    }
  }

  onBody(body: string): Error | undefined {
    const lost = this.call.judge?.(body)
    if (lost !== undefined) this.interrupt(lost)
    return lost
  }

  onSent(): void {
    this.reached = true
    this.clock.sent()
  }

  onAnswer(status: number, headers: IncomingHttpHeaders): Error | undefined {
    this.status = status
    this.headers = headers
    if (!this.ended) this.clock.heard()
    const unreadable = status >= 400 && headers['content-encoding'] !== undefined
    const refusal = unreadable ? this.refusal(status) : refusalOfAnswer(status, headers, this.description.displayName)
    if (refusal !== undefined) this.interrupt(refusal)
    return refusal
  }

  onBytes(count: number): Error | undefined {
    if (!this.ended) this.clock.heard()
    this.receivedBytes += count
    const isRefusal = this.status !== undefined && this.status >= 400
    if (this.receivedBytes <= (isRefusal ? longestErrorBytes : longestAnswerBytes)) return undefined
    const error = isRefusal ? this.refusal(this.status ?? 0) : malformed(this.description.displayName, 'sent more than an answer may hold')
    this.interrupt(error)
    return error
  }

  /** A refusal whose words are not worth reading: its status says enough. */
  private refusal(status: number): GatewayError {
    return upstreamError(status, '', retryAfterMsFrom(singleHeaders(this.headers)), this.description.displayName)
  }

  private async generate(): Promise<void> {
    const result = await (await this.model()).doGenerate(this.callOptions())
    if (this.ended) return
    reportResult(this.report, result)
    // The request is not handed on: on the way to Vercel it holds the provider's key.
    const { request: _request, response, ...rest } = result
    const { headers: _headers, body: _body, ...said } = response ?? {}
    this.tail.push({ type: 'result', result: { ...rest, response: said } })
    this.end(undefined)
  }

  private async stream(): Promise<void> {
    const { stream } = await (await this.model()).doStream(this.callOptions())
    const held: AiSdkOut[] = []
    const reader = stream.getReader()
    try {
      for (;;) {
        const { done, value: part } = await reader.read()
        if (this.ended) return
        if (done) break
        if (part.type === 'error') throw this.errorFrom(part.error)
        reportPart(this.report, part)
        await this.take(part, held)
        if (this.ended) return
      }
      this.finish(held)
    } finally {
      reader.cancel().catch(() => {})
    }
  }

  /** Before the first content parts are held; from `finish` on they belong to the tail. */
  private async take(part: LanguageModelV4StreamPart, held: AiSdkOut[]): Promise<void> {
    const out: AiSdkOut = { type: 'part', part }
    if (part.type === 'finish' || this.tail.length > 0) {
      this.tail.push(out)
    } else if (this.begunAtMs !== undefined) {
      await this.write(out)
    } else {
      held.push(out)
      if (!isContent(part)) return
      this.begunAtMs = this.clock.elapsedMs()
      this.sink.begin()
      for (const early of held.splice(0)) await this.write(early)
    }
  }

  private finish(held: AiSdkOut[]): void {
    const { displayName } = this.description
    const { finishReason } = this.report
    if (finishReason === 'error') throw malformed(displayName, 'sent an answer that could not be read')
    // The AI SDK ends a stream that broke off cleanly with a `finish` of its own making.
    if (finishReason === undefined || finishReason === 'interrupted') throw connectionError(true, displayName, undefined)
    this.tail.unshift(...held)
    this.end(undefined)
  }

  private async write(out: AiSdkOut): Promise<void> {
    if (this.ended || this.sink.write(out)) return
    this.clock.pause()
    await Promise.race([this.sink.drained(), this.stopped])
    if (!this.ended) this.clock.resume()
  }

  private model() {
    const { target, credentials, maxOutputTokens, responsesOnly = false } = this.options
    const baseUrl = this.upstream.baseUrlOf(this.description)
    return this.description.languageModel({
      baseUrl,
      key: keyOf(target, credentials, this.description),
      modelName: modelNameAt(target, this.description),
      maxOutputTokens,
      responsesOnly,
      fetch: createAiSdkFetch(this.upstream.connections, baseUrl, this, this.options.traceparent),
    })
  }

  private callOptions(): LanguageModelV4CallOptions {
    const { target, credentials, maxOutputTokens, responsesOnly = false } = this.options
    const { headers: _headers, abortSignal: _signal, providerOptions, ...call } = this.call.options
    const own = this.description.providerOptions(target, credentials, { asked: providerOptions, responsesOnly })
    return {
      ...call,
      ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
      // Ours come last: a caller cannot bring its own keys, models or route.
      ...(providerOptions === undefined && own === undefined ? {} : { providerOptions: { ...providerOptions, ...own } }),
      abortSignal: this.stop.signal,
    }
  }

  private errorFrom(error: unknown): GatewayError {
    return fromAiSdkError(error, { displayName: this.description.displayName, status: this.status, reached: this.reached })
  }

  private interrupt(error: GatewayError): void {
    if (this.ended) return
    this.tail.length = 0
    this.end(error)
    this.stop.abort()
  }

  private end(error: GatewayError | undefined): void {
    this.ended = true
    this.clock.stop()
    this.options.signal.removeEventListener('abort', this.onAbort)
    this.resolve({
      error: error === undefined ? undefined : withoutKeysOf(error, this.options.credentials),
      httpStatus: this.status,
      reached: this.reached,
      finished: error === undefined,
      unread: error !== undefined && this.clock.paused,
      requestId: firstHeader(this.headers, this.description.requestIdHeaders),
      report: this.report,
      latencyMs: Math.round(this.clock.elapsedMs()),
      connectedMs: this.clock.connectedMs,
      firstTokenMs: this.begunAtMs === undefined ? undefined : Math.round(this.begunAtMs),
      tail: this.tail,
    })
  }
}
