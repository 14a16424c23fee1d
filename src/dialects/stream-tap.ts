import { type GatewayError, UpstreamBrokenError } from '../shared/errors.ts'
import { isRecord } from '../shared/is-record.ts'
import type { AnswerTap } from './dialect.ts'
import { emptyReport } from './empty-report.ts'
import { frameData, frameEnd } from './sse-frame.ts'

/** A frame has three lines at most; one that grows by line after line never ends. */
const maxUnfinishedPushes = 64

const newline = 0x0a
export const frameClose = Buffer.from('\n\n')

/**
 * Finds the frames of a stream of events on its bytes, wherever those were cut, and lets them go on as they came: what came before the
 * first content waits for it, and what ends the answer is held for after the settlement. What a frame says is the dialect's business.
 */
export abstract class StreamTap implements AnswerTap {
  readonly report = emptyReport()
  begun = false
  /** Above any real frame; the largest carry a picture in base64. */
  protected readonly maxFrameBytes: number = 16 * 1024 * 1024
  /** What may come before the first content, or after the usage. */
  protected readonly maxWaitingBytes: number = 1024 * 1024
  /** Of the piece in hand: what may go out. */
  protected out: Buffer[] = []
  /** From now on nothing goes out before the end. */
  protected isHolding = false
  /** The answer's own end or its failure has been seen: what comes after it is not looked at. */
  protected isOver = false
  protected error: GatewayError | undefined
  /** The beginning of a frame whose end has not come yet. */
  #rest: Buffer[] = []
  #restBytes = 0
  #unfinishedPushes = 0
  /** What came before the first content: it is given up with the target if none comes. */
  #prelude: Buffer[] = []
  readonly #held: Buffer[] = []
  #waitingBytes = 0
  #frames = 0
  /** Of the piece in hand: from where on it is not yet sorted. */
  #from = 0

  /** `frame` is the frame's bytes as latin1, `start` where it begins in `data`. */
  protected abstract take(data: Buffer, start: number, frame: string): void
  /** Is an event without its empty line, the last thing that a server said, a whole one? */
  protected abstract isWhole(json: string): boolean
  /** Has the answer come to its own end? */
  protected abstract isFinished(): boolean
  /** What was said makes no answer, although it came to its end. */
  protected faultOfWhole(): GatewayError | undefined {
    return undefined
  }
  /** Called once at a good end, to hold what the server left out. */
  protected complete(): void {}

  get broken(): boolean {
    return this.error !== undefined
  }

  push(chunk: Buffer): Buffer | undefined {
    if (this.isOver || chunk.length === 0) return undefined
    const data = this.#withRest(chunk)
    if (data === undefined) return undefined
    const text = data.toString('latin1')
    this.#from = 0
    let start = 0
    for (let end = frameEnd(text, 0); end !== -1 && !this.isOver; end = frameEnd(text, start)) {
      this.#frames += 1
      this.take(data, start, text.slice(start, end))
      start = end
    }
    this.cut(data, start, data.length)
    if (!this.isOver) this.#keepRest(data, start)
    return this.#release()
  }

  end(): ReturnType<AnswerTap['end']> {
    if (!this.isOver && this.#restBytes > 0) this.#takeLast()
    this.error ??= this.isFinished() ? this.faultOfWhole() : this.#faultOfPart()
    this.isOver = true
    if (this.error !== undefined) return { tail: [], error: this.error }
    this.complete()
    return { tail: [...this.#prelude, ...this.#held], error: undefined }
  }

  /** A frame that passes as it is. */
  protected place(data: Buffer, start: number, end: number): void {
    if (!this.isHolding) return
    this.cut(data, start, end)
    this.hold(data.subarray(start, end))
  }

  protected hold(...parts: Buffer[]): void {
    this.#held.push(...parts)
    this.#countWaiting(parts)
  }

  /** Lets go of everything up to `from`, and leaves out what stands from there to `to`. */
  protected cut(data: Buffer, from: number, to: number): void {
    if (from > this.#from) this.out.push(data.subarray(this.#from, from))
    this.#from = to
  }

  /** The upstream's own words of failure, in place of the frame from `start` to `end`. */
  protected failWith(error: GatewayError, data: Buffer, start: number, end: number): void {
    this.error = error
    this.isOver = true
    this.cut(data, start, end)
  }

  protected failUnread(data: Buffer, start: number, end: number): void {
    this.cut(data, start, end)
    this.#fail(this.begun ? 'stream_cut' : 'malformed_response', 'The provider sent an event that is not a JSON object')
  }

  #withRest(chunk: Buffer): Buffer | undefined {
    if (this.#restBytes === 0) return chunk
    this.#rest.push(chunk)
    this.#restBytes += chunk.length
    if (this.#restBytes > this.maxFrameBytes) {
      this.#fail('malformed_response', `The provider sent a line longer than ${this.maxFrameBytes} bytes`)
      return undefined
    }
    // Without a line's end no frame has ended either; joining the pieces once, at the end, keeps a long line cheap.
    if (chunk.indexOf(newline) === -1) return undefined
    return Buffer.concat(this.#rest, this.#restBytes)
  }

  #keepRest(data: Buffer, start: number): void {
    this.#unfinishedPushes = start === 0 ? this.#unfinishedPushes + 1 : 0
    this.#rest = start < data.length ? [data.subarray(start)] : []
    this.#restBytes = data.length - start
    if (this.#unfinishedPushes > maxUnfinishedPushes) this.#fail('malformed_response', 'The provider sent an event without an end')
  }

  #release(): Buffer | undefined {
    const { out } = this
    if (out.length === 0 && this.#prelude.length === 0) return undefined
    this.out = []
    if (!this.begun) {
      this.#prelude.push(...out)
      this.#countWaiting(out)
      return undefined
    }
    const parts = this.#prelude.length === 0 ? out : [...this.#prelude, ...out]
    this.#prelude = []
    if (parts.length <= 1) return parts[0]
    return Buffer.concat(parts)
  }

  #countWaiting(parts: readonly Buffer[]): void {
    for (const part of parts) this.#waitingBytes += part.length
    if (this.#waitingBytes > this.maxWaitingBytes) this.#fail('malformed_response', 'The provider sent too much without any content')
  }

  // A server that closes without the empty line after its last event has still said it, if it is whole.
  #takeLast(): void {
    const data = Buffer.concat([...this.#rest, frameClose])
    const frame = data.toString('latin1')
    const json = frameData(frame)?.text(data, 0)
    if (json === undefined || !this.isWhole(json)) return
    this.isHolding = true
    this.#from = 0
    this.out = []
    this.#frames += 1
    this.take(data, 0, frame)
  }

  #faultOfPart(): GatewayError {
    if (this.#frames === 0 && this.#restBytes > 0)
      return new UpstreamBrokenError('malformed_response', 'The provider did not send a stream')
    return new UpstreamBrokenError('stream_cut', "The provider's stream broke off before its end")
  }

  #fail(code: 'stream_cut' | 'malformed_response', message: string): void {
    this.error ??= new UpstreamBrokenError(code, message)
    this.isOver = true
    this.#rest = []
  }
}

/** An event's data; undefined for what is no JSON object. */
export function parsedEvent(json: string): Record<string, unknown> | undefined {
  try {
    const body: unknown = JSON.parse(json)
    return isRecord(body) ? body : undefined
  } catch {
    return undefined
  }
}
