import { type GatewayError, UpstreamBrokenError } from '../../shared/errors.ts'
import type { AnswerTap, ParsedRequest } from '../dialect.ts'
import { editMembers } from './edit-members.ts'
import { errorInAnswer } from './error.ts'
import { isRecord } from './is-record.ts'
import { PlainFrames } from './plain-frame.ts'
import { emptyReport, readAnswer } from './read-answer.ts'
import { frameData, frameEnd } from './sse-frame.ts'

/** Above any real frame; the largest carry a picture in base64. */
const maxFrameBytes = 16 * 1024 * 1024
/** What may come before the first content, or after the usage. */
const maxWaitingBytes = 1024 * 1024
/** A frame has three lines at most; one that grows by line after line never ends. */
const maxUnfinishedPushes = 64

const newline = 0x0a
const doneFrame = Buffer.from('data: [DONE]\n\n')
const frameClose = Buffer.from('\n\n')
const withoutUsage = new Map<string, undefined>([['usage', undefined]])

export function createStreamTap(request: ParsedRequest): AnswerTap {
  return new StreamTap(request)
}

class StreamTap implements AnswerTap {
  readonly report = emptyReport()
  begun = false
  readonly #strips: boolean
  readonly #choices: number
  readonly #plain = new PlainFrames()
  /** The beginning of a frame whose end has not come yet. */
  #rest: Buffer[] = []
  #restBytes = 0
  #unfinishedPushes = 0
  /** What came before the first content: it is given up with the target if none comes. */
  #prelude: Buffer[] = []
  readonly #held: Buffer[] = []
  #waitingBytes = 0
  #isHolding = false
  #isDone = false
  #finished = 0
  #frames = 0
  #error: GatewayError | undefined
  /** The answer's own end or its failure has been seen: what comes after it is not looked at. */
  #isOver = false
  /** Of the piece in hand: what may go out, and from where on it is not yet sorted. */
  #out: Buffer[] = []
  #from = 0

  constructor(request: ParsedRequest) {
    this.#strips = !request.wantsStreamUsage
    this.#choices = request.choices
  }

  get broken(): boolean {
    return this.#error !== undefined
  }

  push(chunk: Buffer): Buffer | undefined {
    if (this.#isOver || chunk.length === 0) return undefined
    const data = this.#withRest(chunk)
    if (data === undefined) return undefined
    const text = data.toString('latin1')
    this.#from = 0
    let start = 0
    for (let end = frameEnd(text, 0); end !== -1 && !this.#isOver; end = frameEnd(text, start)) {
      this.#take(data, start, text.slice(start, end))
      start = end
    }
    this.#cut(data, start, data.length)
    if (!this.#isOver) this.#keepRest(data, start)
    return this.#release()
  }

  end(): ReturnType<AnswerTap['end']> {
    if (!this.#isOver && this.#restBytes > 0) this.#takeLast()
    this.#error ??= this.#faultAtEnd()
    this.#isOver = true
    if (this.#error !== undefined) return { tail: [], error: this.#error }
    if (!this.#isDone) this.#held.push(doneFrame)
    this.#isDone = true
    return { tail: [...this.#prelude, ...this.#held], error: undefined }
  }

  #withRest(chunk: Buffer): Buffer | undefined {
    if (this.#restBytes === 0) return chunk
    this.#rest.push(chunk)
    this.#restBytes += chunk.length
    if (this.#restBytes > maxFrameBytes) {
      this.#fail('malformed_response', `The provider sent a line longer than ${maxFrameBytes} bytes`)
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

  /** `frame` is the frame's bytes as latin1, `start` where it begins in `data`. */
  #take(data: Buffer, start: number, frame: string): void {
    this.#frames += 1
    const bytes = this.#isHolding || this.report.model === undefined ? 0 : this.#plain.contentBytes(frame)
    if (bytes === 0) {
      this.#read(data, start, frame)
      return
    }
    this.report.outputBytes += bytes
    this.report.outputPieces += 1
    this.begun = true
    if (this.#strips && this.#plain.usageNullFrom !== -1)
      this.#cut(data, start + this.#plain.usageNullFrom, start + this.#plain.usageNullTo)
  }

  #read(data: Buffer, start: number, frame: string): void {
    const end = start + frame.length
    const found = frameData(frame)
    if (found === undefined) {
      this.#place(data, start, end)
      return
    }
    const json = found.text(data, start)
    if (json === '[DONE]') {
      this.#isDone = true
      this.#isHolding = true
      this.#isOver = true
      this.#place(data, start, end)
      return
    }
    const body = parsed(json)
    if (body === undefined) {
      this.#cut(data, start, end)
      this.#fail(this.begun ? 'stream_cut' : 'malformed_response', 'The provider sent an event that is not a JSON object')
      return
    }
    if (body.error != null || found.event === 'error') {
      this.#error = errorInAnswer(body.error ?? body, this.begun)
      this.#isOver = true
      this.#cut(data, start, end)
      return
    }
    this.#placeRead(data, start, frame, body)
  }

  #placeRead(data: Buffer, start: number, frame: string, body: Record<string, unknown>): void {
    const end = start + frame.length
    const facts = readAnswer(body, this.report)
    if (facts.hasContent) this.begun = true
    this.#finished += facts.finished
    // Where usage comes with every chunk, only the one that ends the answer is held.
    if (facts.hasUsage && (facts.choices === 0 || this.#finished >= this.#choices)) this.#isHolding = true
    if (!this.#strips || !Object.hasOwn(body, 'usage')) this.#place(data, start, end)
    else if (facts.choices === 0 && facts.hasUsage) this.#cut(data, start, end)
    else this.#replaceWithoutUsage(data, start, frame)
  }

  #replaceWithoutUsage(data: Buffer, start: number, frame: string): void {
    const found = frameData(frame)
    if (found === undefined) return
    this.#cut(data, start, start + frame.length)
    const edited = editMembers(Buffer.from(found.text(data, start)), withoutUsage)
    const parts = [Buffer.from(`${found.event === undefined ? '' : `event: ${found.event}\n`}data: `), edited, frameClose]
    if (this.#isHolding) this.#hold(...parts)
    else this.#out.push(...parts)
  }

  #place(data: Buffer, start: number, end: number): void {
    if (!this.#isHolding) return
    this.#cut(data, start, end)
    this.#hold(data.subarray(start, end))
  }

  #hold(...parts: Buffer[]): void {
    this.#held.push(...parts)
    this.#countWaiting(parts)
  }

  /** Lets go of everything up to `from`, and leaves out what stands from there to `to`. */
  #cut(data: Buffer, from: number, to: number): void {
    if (from > this.#from) this.#out.push(data.subarray(this.#from, from))
    this.#from = to
  }

  #release(): Buffer | undefined {
    const out = this.#out
    if (out.length === 0 && this.#prelude.length === 0) return undefined
    this.#out = []
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
    if (this.#waitingBytes > maxWaitingBytes) this.#fail('malformed_response', 'The provider sent too much without any content')
  }

  // A server that closes without the empty line after its last event has still said it, if it is whole.
  #takeLast(): void {
    const data = Buffer.concat([...this.#rest, frameClose])
    const frame = data.toString('latin1')
    const json = frameData(frame)?.text(data, 0)
    if (json === undefined || (json !== '[DONE]' && parsed(json) === undefined)) return
    this.#isHolding = true
    this.#from = 0
    this.#out = []
    this.#take(data, 0, frame)
  }

  #faultAtEnd(): GatewayError | undefined {
    if (this.#isDone && this.begun) return undefined
    if (this.#isDone) return new UpstreamBrokenError('malformed_response', 'The provider ended its answer without any content')
    if (this.#finished >= this.#choices) return undefined
    if (this.#frames === 0 && this.#restBytes > 0)
      return new UpstreamBrokenError('malformed_response', 'The provider did not send a stream')
    return new UpstreamBrokenError('stream_cut', "The provider's stream broke off before its end")
  }

  #fail(code: 'stream_cut' | 'malformed_response', message: string): void {
    this.#error ??= new UpstreamBrokenError(code, message)
    this.#isOver = true
    this.#rest = []
  }
}

function parsed(json: string): Record<string, unknown> | undefined {
  try {
    const body: unknown = JSON.parse(json)
    return isRecord(body) ? body : undefined
  } catch {
    return undefined
  }
}
