import { ServerResponse } from './node-http.ts'

const lineEnd = '\r\n'

/**
 * A response that hands each piece of a stream to the socket as one buffer. Node's own way is four (the piece's length, a line's end, the
 * piece, a line's end) gathered by the system in one call, which costs the gateway more than everything else that it does with a piece
 * (docs/decisions/0032-data-plane.md).
 */
export class CompactResponse extends ServerResponse {
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

function framed(piece: Buffer): Buffer {
  const length = piece.length.toString(16) + lineEnd
  const whole = Buffer.allocUnsafe(length.length + piece.length + lineEnd.length)
  whole.write(length, 0, 'latin1')
  piece.copy(whole, length.length)
  whole.write(lineEnd, length.length + piece.length, 'latin1')
  return whole
}
