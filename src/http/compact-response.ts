import type { ServerResponse as AnyResponse, OutgoingHttpHeaders } from 'node:http'
import { ServerResponse } from './node-http.ts'

const lineEnd = '\r\n'

/**
 * A response that costs less than Node's own where a call has much of it (docs/decisions/0032-data-plane.md). Each piece of a stream goes to
 * the socket as one buffer: Node's way is four (the piece's length, a line's end, the piece, a line's end) gathered by the system in one
 * call, more than everything else that the gateway does with a piece. And headers can be told before the head is written without
 * `setHeader`, which looks each up, checks it, and makes `writeHead` do the same with all others.
 */
export class CompactResponse extends ServerResponse {
  #early: Readonly<Record<string, string>> | undefined

  /** They go before those of `writeHead`, which must not name them again. */
  addHeaders(headers: Readonly<Record<string, string>>): void {
    this.#early = this.#early === undefined ? headers : { ...this.#early, ...headers }
  }

  override writeHead(status: number, ...rest: unknown[]): this {
    const writeHead = super.writeHead as (status: number, ...rest: unknown[]) => this
    if (this.#early === undefined) return writeHead.call(this, status, ...rest)
    // A list is what Node writes out as it is.
    const head: unknown[] = []
    for (const [name, value] of Object.entries(this.#early)) head.push(name, value)
    for (const [name, value] of Object.entries((rest[0] ?? {}) as OutgoingHttpHeaders)) head.push(name, value)
    return writeHead.call(this, status, head)
  }

  override write(chunk: unknown, ...rest: unknown[]): boolean {
    const write = super.write as (chunk: unknown, ...rest: unknown[]) => boolean
    if (!this.chunkedEncoding || !this.headersSent || !Buffer.isBuffer(chunk) || chunk.length === 0) return write.call(this, chunk, ...rest)
    // Framed here, so that nobody frames it again; the end of the body stays Node's business.
    this.chunkedEncoding = false
    const goesOn = write.call(this, framed(chunk), ...rest)
    this.chunkedEncoding = true
    return goesOn
  }
}

/** On any response: only those of our own server are compact. */
export function addHeaders(response: AnyResponse, headers: Readonly<Record<string, string>>): void {
  if (response instanceof CompactResponse) response.addHeaders(headers)
  else for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
}

function framed(piece: Buffer): Buffer {
  const length = piece.length.toString(16) + lineEnd
  const whole = Buffer.allocUnsafe(length.length + piece.length + lineEnd.length)
  whole.write(length, 0, 'latin1')
  piece.copy(whole, length.length)
  whole.write(lineEnd, length.length + piece.length, 'latin1')
  return whole
}
