import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import { ConfigurationError } from '../shared/errors.ts'
import { refusalOfAnswer } from './answer-headers.ts'
import { CallClock } from './call-clock.ts'
import type { Connections } from './connections.ts'
import type { ProbeResult, ProviderDescription } from './provider.ts'

const timeouts = { connectMs: 5_000, firstByteMs: 10_000, idleMs: 10_000, totalMs: 15_000 }
const longestAnswerBytes = 64 * 1024

/** Google says 400 for a key that is not good, and says so in words. */
const badKeyWords = /API[ _]key[ _](?:not[ _]valid|invalid)/i

/** Asks a provider something that only a good key may ask and that costs nothing. */
export function probe(
  connections: Connections,
  baseUrl: string,
  { displayName, probe: describe }: ProviderDescription,
  key: string,
  userAgent: string,
): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const handler = new ProbeHandler(displayName, resolve)
    try {
      const { url, headers } = describe({ baseUrl, key })
      connections.to(url.origin).dispatch(
        {
          path: url.pathname + url.search,
          method: 'GET',
          headers: { accept: 'application/json', 'accept-encoding': 'identity', 'user-agent': userAgent, ...headers },
        },
        handler,
      )
    } catch (error) {
      if (error instanceof ConfigurationError) handler.fail(error.publicMessage, 'unexpected')
      else handler.onResponseError()
    }
  })
}

class ProbeHandler implements Dispatcher.DispatchHandler {
  private readonly displayName: string
  private readonly resolve: (result: ProbeResult) => void
  private readonly clock = new CallClock(timeouts, () => this.fail(`${this.displayName} did not answer in time`))
  private controller: Dispatcher.DispatchController | undefined
  private ended = false
  private status: number | undefined
  private body = Buffer.alloc(0)

  constructor(displayName: string, resolve: (result: ProbeResult) => void) {
    this.displayName = displayName
    this.resolve = resolve
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.ended) {
      controller.abort(new Error('the probe has ended'))
      return
    }
    this.controller = controller
    this.clock.sent()
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (this.ended || status < 200) return
    this.status = status
    this.clock.heard()
    if (refusalOfAnswer(status, headers, this.displayName) !== undefined) this.judge()
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.ended) return
    this.clock.heard()
    this.body = Buffer.concat([this.body, chunk])
    if (this.body.length > longestAnswerBytes) this.judge()
  }

  onResponseEnd(): void {
    if (!this.ended) this.judge()
  }

  onResponseError(): void {
    if (!this.ended) this.fail(`${this.displayName} could not be reached`)
  }

  private judge(): void {
    const status = this.status ?? 0
    if (status >= 200 && status < 300) {
      this.end({ ok: true, latencyMs: Math.round(this.clock.elapsedMs()) })
      return
    }
    const refused = status === 401 || status === 403 || (status === 400 && badKeyWords.test(this.body.toString('utf8')))
    const message = refused
      ? `${this.displayName} refused the key (status ${status})`
      : `${this.displayName} answered with status ${status}`
    this.end({ ok: false, reason: refused ? 'refused' : 'unexpected', httpStatus: status, message })
  }

  fail(message: string, reason: 'unreachable' | 'unexpected' = 'unreachable'): void {
    this.end({ ok: false, reason, httpStatus: this.status, message })
  }

  private end(result: ProbeResult): void {
    this.ended = true
    this.clock.stop()
    this.resolve(result)
    this.controller?.abort(new Error('the probe has ended'))
  }
}
