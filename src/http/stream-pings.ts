import type { ServerResponse } from 'node:http'

const comment = Buffer.from(': ping\n\n')

/**
 * A ping whenever nothing has gone out for so long, so that proxies keep a silent stream open. They start with the answer's headers, not
 * before: until the first real content another target, or a refusal with a status of its own, is still possible. What is written are
 * whole frames, so a ping can stand behind any of them. One timer a stream; a piece of the answer only moves a number. An
 * empty ping is none.
 */
export class StreamPings {
  readonly #response: ServerResponse
  readonly #ping: Buffer
  readonly #everyMs: number
  #timer: NodeJS.Timeout | undefined
  #lastMs = 0

  constructor(response: ServerResponse, ping: Buffer = comment, everyMs = 15_000) {
    this.#response = response
    this.#ping = ping
    this.#everyMs = everyMs
  }

  start(): void {
    if (this.#ping.length === 0) return
    this.#lastMs = performance.now()
    this.#arm(this.#everyMs)
    this.#response.once('close', () => this.stop())
  }

  /** Something of the answer has gone out. */
  wrote(): void {
    this.#lastMs = performance.now()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #arm(afterMs: number): void {
    this.#timer = setTimeout(() => this.#look(), afterMs)
    this.#timer.unref()
  }

  #look(): void {
    const leftMs = this.#everyMs - (performance.now() - this.#lastMs)
    // Node's timers fire up to a millisecond early.
    if (leftMs > 1) {
      this.#arm(leftMs)
      return
    }
    // A caller that does not read what it has needs no more.
    if (!this.#response.writableNeedDrain) this.#response.write(this.#ping)
    this.wrote()
    this.#arm(this.#everyMs)
  }
}
