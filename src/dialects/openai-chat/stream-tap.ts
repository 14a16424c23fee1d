import { type GatewayError, UpstreamBrokenError } from '../../shared/errors.ts'
import type { AnswerTap, ParsedRequest } from '../dialect.ts'
import { editMembers } from '../edit-members.ts'
import { frameData } from '../sse-frame.ts'
import { frameClose, parsedEvent, StreamTap } from '../stream-tap.ts'
import { errorInAnswer } from './error.ts'
import { PlainFrames } from './plain-frame.ts'
import { readAnswer } from './read-answer.ts'

const doneFrame = Buffer.from('data: [DONE]\n\n')
const withoutUsage = new Map<string, undefined>([['usage', undefined]])

export function createStreamTap(request: ParsedRequest): AnswerTap {
  return new ChatStreamTap(request)
}

class ChatStreamTap extends StreamTap {
  readonly #strips: boolean
  readonly #choices: number
  readonly #plain = new PlainFrames()
  #isDone = false
  #finished = 0

  constructor(request: ParsedRequest) {
    super()
    this.#strips = !request.wantsStreamUsage
    this.#choices = request.choices
  }

  protected override take(data: Buffer, start: number, frame: string): void {
    const bytes = this.isHolding || this.report.model === undefined ? 0 : this.#plain.contentBytes(frame)
    if (bytes === 0) {
      this.#read(data, start, frame)
      return
    }
    this.report.outputBytes += bytes
    this.report.outputPieces += 1
    this.begun = true
    if (this.#strips && this.#plain.usageNullFrom !== -1) this.cut(data, start + this.#plain.usageNullFrom, start + this.#plain.usageNullTo)
  }

  #read(data: Buffer, start: number, frame: string): void {
    const end = start + frame.length
    const found = frameData(frame)
    if (found === undefined) {
      this.place(data, start, end)
      return
    }
    const json = found.text(data, start)
    if (json === '[DONE]') {
      this.#isDone = true
      this.isHolding = true
      this.isOver = true
      this.place(data, start, end)
      return
    }
    const body = parsedEvent(json)
    if (body === undefined) this.failUnread(data, start, end)
    else if (body.error != null || found.event === 'error') this.failWith(errorInAnswer(body.error ?? body, this.begun), data, start, end)
    else this.#placeRead(data, start, frame, body)
  }

  #placeRead(data: Buffer, start: number, frame: string, body: Record<string, unknown>): void {
    const end = start + frame.length
    const facts = readAnswer(body, this.report)
    if (facts.hasContent) this.begun = true
    this.#finished += facts.finished
    // Where usage comes with every chunk, only the one that ends the answer is held.
    if (facts.hasUsage && (facts.choices === 0 || this.#finished >= this.#choices)) this.isHolding = true
    if (!this.#strips || !Object.hasOwn(body, 'usage')) this.place(data, start, end)
    else if (facts.choices === 0 && facts.hasUsage) this.cut(data, start, end)
    else this.#replaceWithoutUsage(data, start, frame)
  }

  #replaceWithoutUsage(data: Buffer, start: number, frame: string): void {
    const found = frameData(frame)
    if (found === undefined) return
    this.cut(data, start, start + frame.length)
    const edited = editMembers(Buffer.from(found.text(data, start)), withoutUsage)
    const parts = [Buffer.from(`${found.event === undefined ? '' : `event: ${found.event}\n`}data: `), edited, frameClose]
    if (this.isHolding) this.hold(...parts)
    else this.out.push(...parts)
  }

  protected override isWhole(json: string): boolean {
    return json === '[DONE]' || parsedEvent(json) !== undefined
  }

  protected override isFinished(): boolean {
    return this.#isDone || this.#finished >= this.#choices
  }

  protected override faultOfWhole(): GatewayError | undefined {
    if (!this.#isDone || this.begun) return undefined
    return new UpstreamBrokenError('malformed_response', 'The provider ended its answer without any content')
  }

  protected override complete(): void {
    if (!this.#isDone) this.hold(doneFrame)
    this.#isDone = true
  }
}
