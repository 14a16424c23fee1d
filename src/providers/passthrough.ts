import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import type { AnswerTap, KindName, ParsedRequest } from '../dialects/index.ts'
import { type GatewayError, InvariantError, toGatewayError } from '../shared/errors.ts'
import { firstHeader, refusalOfAnswer, singleHeaders } from './answer-headers.ts'
import { abortError, connectionError, keyOf, malformed, modelNameAt, timeoutError } from './attempt-error.ts'
import { afterReading, CallClock, type TimedOut } from './call-clock.ts'
import type { Connections } from './connections.ts'
import { emptyReport } from './empty-report.ts'
import { bytesWithoutKeys, withoutKeysOf } from './hide-keys.ts'
import type {
  AttemptOptions,
  AttemptOutcome,
  AttemptSink,
  PassthroughAttempt,
  PassthroughDialect,
  ProviderDescription,
} from './provider.ts'
import { providerOf } from './providers.ts'

/** A whole answer, and what a tap may hold back of a stream. */
const longestBodyBytes = 64 * 1024 * 1024
const longestHeldBytes = 16 * 1024 * 1024
const longestErrorBytes = 64 * 1024

export interface PassthroughOptions {
  connections: Connections
  baseUrlOf: (provider: ProviderDescription) => string
  userAgent: string
}

/**
 * Same dialect on both sides: the caller's bytes go out, the upstream's come back, and a tap reads usage off them. `way` is where at the
 * provider: to the model, or to where it only counts.
 */
export function createPassthrough(upstream: PassthroughOptions, way: 'passthrough' | 'countTokens' = 'passthrough'): PassthroughAttempt {
  return (dialect, request, options, sink) =>
    new Promise((resolve) => {
      const call = new PassthroughCall(dialect, request, options, sink, resolve)
      try {
        call.send(upstream, way)
      } catch (error) {
        call.interrupt(toGatewayError(error))
      }
    })
}

/**
 * One attempt, and undici's handler for it. This is the hot path: no promise, no stream and no timer for a piece of the answer.
 * Whatever happens first ends the attempt (the answer's end, an error, a timeout, the caller's signal); what comes after is ignored.
 */
class PassthroughCall implements Dispatcher.DispatchHandler {
  private readonly dialect: PassthroughDialect
  private readonly request: ParsedRequest
  private readonly options: AttemptOptions
  private readonly sink: AttemptSink<Buffer>
  private readonly resolve: (outcome: AttemptOutcome<Buffer>) => void
  private readonly description: ProviderDescription
  private readonly clock: CallClock
  private readonly onAbort = () => afterReading(() => this.interrupt(abortError(this.options.signal)))
  private controller: Dispatcher.DispatchController | undefined
  private ended = false
  private status: number | undefined
  private headers: IncomingHttpHeaders = {}
  private tap: AnswerTap | undefined
  private begunAtMs: number | undefined
  private receivedBytes = 0
  private sentBytes = 0
  /** Before the first content: what the tap let go. After a refusal: its body. */
  private held: Buffer[] = []

  constructor(
    dialect: PassthroughDialect,
    request: ParsedRequest,
    options: AttemptOptions,
    sink: AttemptSink<Buffer>,
    resolve: (outcome: AttemptOutcome<Buffer>) => void,
  ) {
    this.dialect = dialect
    this.request = request
    this.options = options
    this.sink = sink
    this.resolve = resolve
    this.description = providerOf(options.target)
    this.clock = new CallClock(options.timeouts, (which) => this.onTimeout(which))
  }

  /** Throws what is wrong with the call itself; the connection's failures come through the handler. */
  send({ connections, baseUrlOf, userAgent }: PassthroughOptions, way: 'passthrough' | 'countTokens'): void {
    const { target, credentials, maxOutputTokens, signal, traceparent } = this.options
    if (signal.aborted) throw abortError(signal)
    const describe = this.description[way]
    if (describe === undefined) throw new InvariantError('internal', `${this.description.displayName} does not count tokens.`)
    const { url, headers } = describe({
      baseUrl: baseUrlOf(this.description),
      key: keyOf(target, credentials, this.description),
      dialect: this.dialect.name,
    })
    const body = this.dialect.prepareBody(this.request, {
      model: modelNameAt(target, this.description),
      maxOutputTokens,
      ...this.description.edit(target, this.request, credentials, maxOutputTokens),
    })
    const { kind, stream, contentType = 'application/json' } = this.request
    if (kind !== undefined) url.pathname = kindPath(kind.name, this.description, baseUrlOf(this.description))
    signal.addEventListener('abort', this.onAbort)
    connections.to(url.origin).dispatch(
      {
        path: url.pathname + url.search,
        method: 'POST',
        // All that is sent is here: of the caller's own headers only what its dialect has judged goes on.
        headers: {
          'content-type': contentType,
          accept: kind ? '*/*' : stream ? 'text/event-stream' : 'application/json',
          'accept-encoding': 'identity',
          'user-agent': userAgent,
          ...(traceparent !== undefined && { traceparent }),
          ...this.request.headers,
          ...headers,
        },
        body,
        // A call that costs money is never sent twice behind our back.
        idempotent: false,
      },
      this,
    )
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Ended while it waited for a connection: nothing has been written yet.
    if (this.ended) {
      controller.abort(new Error('the attempt has ended'))
      return
    }
    this.controller = controller
    this.clock.sent()
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (this.ended || status < 200) return
    this.status = status
    this.headers = headers
    this.clock.heard()
    const refusal = refusalOfAnswer(status, headers, this.description.displayName)
    if (refusal !== undefined) this.interrupt(refusal)
    else if (status < 300) this.tap = this.dialect.createTap(this.request, headers['content-type'])
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.ended) return
    this.clock.heard()
    this.receivedBytes += chunk.length
    try {
      if (this.tap === undefined) this.takeRefusal(chunk)
      else this.takeAnswer(controller, this.tap, chunk)
    } catch (error) {
      this.interrupt(malformed(this.description.displayName, 'sent an answer that could not be read', error))
    }
  }

  onResponseEnd(): void {
    if (this.ended) return
    const { tail, error } = this.tap === undefined ? { tail: [], error: this.refusal() } : this.endOf(this.tap)
    this.end(error, tail)
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (!this.ended) this.interrupt(connectionError(this.controller !== undefined, this.description.displayName, error))
  }

  /** Something other than the answer's own end. An answer that is complete all the same, but for its last bytes of HTTP, is one. */
  interrupt(error: GatewayError): void {
    if (this.ended) return
    const end = this.tap === undefined || this.tap.endsWithBody || error.code === 'malformed_response' ? undefined : this.endOf(this.tap)
    if (end !== undefined && end.error === undefined) this.end(undefined, end.tail)
    else this.end(this.status !== undefined && this.status >= 400 ? this.refusal() : error, [])
    this.controller?.abort(error)
  }

  private endOf(tap: AnswerTap): { tail: Buffer[]; error: GatewayError | undefined } {
    try {
      const { tail, error } = tap.end()
      if (error !== undefined) return { tail: [], error }
      return { tail: this.begunAtMs === undefined ? [...this.held, ...tail] : tail, error }
    } catch (error) {
      return { tail: [], error: malformed(this.description.displayName, 'sent an answer that could not be read', error) }
    }
  }

  private onTimeout(which: TimedOut): void {
    this.interrupt(timeoutError(which, this.options.timeouts, this.description.displayName))
  }

  private takeAnswer(controller: Dispatcher.DispatchController, tap: AnswerTap, chunk: Buffer): void {
    const out = tap.push(chunk)
    if (out !== undefined) this.sentBytes += out.length
    if (this.begunAtMs === undefined) {
      if (out !== undefined) this.held.push(out)
      if (this.request.stream && tap.begun) this.begin(controller)
    } else if (out !== undefined) {
      this.write(controller, out)
    }
    // Reading on would only cost time: the target's successor, or the caller, can be told now.
    if (tap.broken === true) {
      this.interrupt(this.endOf(tap).error ?? malformed(this.description.displayName, 'sent an answer that could not be read'))
      return
    }
    const heldBytes = this.begunAtMs === undefined ? this.receivedBytes : this.receivedBytes - this.sentBytes
    if (heldBytes > (this.request.stream && !this.request.kind ? longestHeldBytes : longestBodyBytes)) {
      this.interrupt(malformed(this.description.displayName, 'sent more than an answer may hold'))
    }
  }

  private begin(controller: Dispatcher.DispatchController): void {
    this.begunAtMs = this.clock.elapsedMs()
    this.sink.begin(this.contentType())
    const first = this.held.length === 1 ? this.held[0] : Buffer.concat(this.held)
    this.held = []
    if (first !== undefined && first.length > 0) this.write(controller, first)
  }

  /** A caller that reads slowly stops the upstream instead of filling our memory. */
  private write(controller: Dispatcher.DispatchController, out: Buffer): void {
    if (this.sink.write(out) || controller.paused) return
    controller.pause()
    this.clock.pause()
    const goOn = () => {
      if (this.ended) return
      this.clock.resume()
      controller.resume()
    }
    this.sink.drained().then(goOn, goOn)
  }

  private takeRefusal(chunk: Buffer): void {
    this.held.push(chunk)
    if (this.receivedBytes < longestErrorBytes) return
    this.end(this.refusal(), [])
    this.controller?.abort(new Error('enough of the error has been read'))
  }

  private refusal(): GatewayError {
    const body = this.headers['content-encoding'] === undefined ? Buffer.concat(this.held).subarray(0, longestErrorBytes) : Buffer.alloc(0)
    const { displayName } = this.description
    try {
      const said = bytesWithoutKeys(body, this.options.credentials)
      return this.dialect.parseUpstreamError(this.status ?? 0, singleHeaders(this.headers), said, displayName)
    } catch (error) {
      return malformed(displayName, `answered with status ${this.status} in a way that could not be read`, error)
    }
  }

  /** Of a kind whose answer may be sound or text. Only what such an answer can be is handed on. */
  private contentType(): string | undefined {
    const said = this.request.kind && this.headers['content-type']
    if (said === undefined) return undefined
    const type =
      /^(?:audio\/[\w.+-]+|text\/plain|text\/vtt|text\/event-stream|application\/json)\b/.exec(said)?.[0] ?? 'application/octet-stream'
    return type.startsWith('audio/') || type === 'application/octet-stream' ? type : `${type}; charset=utf-8`
  }

  private end(error: GatewayError | undefined, tail: Buffer[]): void {
    this.ended = true
    this.clock.stop()
    this.options.signal.removeEventListener('abort', this.onAbort)
    this.resolve({
      error: error === undefined ? undefined : withoutKeysOf(error, this.options.credentials),
      httpStatus: this.status,
      reached: this.controller !== undefined,
      finished: error === undefined,
      unread: error !== undefined && this.clock.paused,
      requestId: firstHeader(this.headers, this.description.requestIdHeaders),
      report: this.tap?.report ?? emptyReport(),
      latencyMs: Math.round(this.clock.elapsedMs()),
      connectedMs: this.clock.connectedMs,
      firstTokenMs: this.begunAtMs === undefined ? undefined : Math.round(this.begunAtMs),
      tail,
      contentType: this.contentType(),
    })
  }
}

function kindPath(kind: KindName, { kinds, displayName }: ProviderDescription, baseUrl: string): string {
  const path = kinds?.[kind]
  if (path === undefined) throw new InvariantError('internal', `${displayName} does not serve ${kind}.`)
  return new URL(`${baseUrl}${path}`).pathname
}
