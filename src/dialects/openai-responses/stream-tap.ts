import { isRecord } from '../../shared/is-record.ts'
import type { AnswerTap } from '../dialect.ts'
import { errorInAnswer } from '../openai-chat/error.ts'
import { closingQuote } from '../scan-object.ts'
import { frameData } from '../sse-frame.ts'
import { parsedEvent, StreamTap } from '../stream-tap.ts'
import { generatedBytes, isCall, readResponse } from './read-response.ts'

const eventStart = 'event: response.'
const deltaEnd = '.delta'
const deltaKey = '"delta":"'

export function createStreamTap(): AnswerTap {
  return new ResponseStreamTap()
}

class ResponseStreamTap extends StreamTap {
  /** The first events repeat instructions and tools, which may be as long as a body, and the last one the whole answer as well. */
  protected override readonly maxWaitingBytes = 15 * 1024 * 1024
  #isFinished = false
  /** Of items that are whole: for servers that send an item without its pieces. */
  #wholeBytes = 0

  protected override take(data: Buffer, start: number, frame: string): void {
    const bytes = this.isHolding ? 0 : deltaBytes(frame)
    if (bytes === 0) {
      this.#read(data, start, frame)
      return
    }
    this.report.outputBytes += bytes
    this.report.outputPieces += 1
    this.begun = true
  }

  #read(data: Buffer, start: number, frame: string): void {
    const end = start + frame.length
    const found = frameData(frame)
    // After the answer's end nothing is news: a `[DONE]`, which some servers add, goes on as it came.
    const json = this.#isFinished ? undefined : found?.text(data, start)
    if (json === undefined || json === '[DONE]') {
      this.place(data, start, end)
      return
    }
    const event = parsedEvent(json)
    if (event === undefined) {
      this.failUnread(data, start, end)
      return
    }
    const response = isRecord(event.response) ? event.response : undefined
    if (response !== undefined) readResponse(response, this.report)
    const isFailure = event.type === 'error' || event.type === 'response.failed' || (event.type === undefined && event.error != null)
    if (isFailure || found?.event === 'error') {
      this.failWith(errorInAnswer(response?.error ?? event.error ?? event, this.begun), data, start, end)
      return
    }
    if (event.type === 'response.completed' || event.type === 'response.incomplete') {
      this.#isFinished = true
      this.isHolding = true
      this.begun = true
      this.#countWhole(Array.isArray(response?.output) ? generatedBytes(response.output) : 0)
    } else {
      this.#readPiece(event)
    }
    this.place(data, start, end)
  }

  #readPiece({ type, item, delta }: Record<string, unknown>): void {
    if (typeof delta === 'string' && delta !== '') {
      this.report.outputBytes += Buffer.byteLength(delta)
      this.report.outputPieces += 1
      this.begun = true
    }
    if (!isRecord(item)) return
    if (type === 'response.output_item.added' && isCall(item)) {
      this.report.outputBytes += generatedBytes([{ name: item.name }])
      this.report.outputPieces += 1
      this.begun = true
    } else if (type === 'response.output_item.done') {
      this.#wholeBytes += generatedBytes([item])
      this.#countWhole(this.#wholeBytes)
      if (this.#wholeBytes > 0) this.begun = true
    }
  }

  #countWhole(bytes: number): void {
    this.report.outputBytes = Math.max(this.report.outputBytes, bytes)
  }

  protected override isWhole(json: string): boolean {
    return parsedEvent(json) !== undefined
  }

  protected override isFinished(): boolean {
    return this.#isFinished
  }
}

/**
 * The hot path: a piece of the answer is recognised by its event's name and not parsed. Its length is counted as escaped in JSON and so
 * never too low; 0 for a frame that must be read in full. Safe, because inside a JSON string no quote stands without its backslash: what
 * is found is a key. The frame is latin1, a byte a character.
 */
function deltaBytes(frame: string): number {
  if (!frame.startsWith(eventStart)) return 0
  const lineEnd = frame.indexOf('\n')
  const nameEnd = frame.charCodeAt(lineEnd - 1) === 0x0d ? lineEnd - 1 : lineEnd
  if (!frame.endsWith(deltaEnd, nameEnd)) return 0
  const at = frame.indexOf(deltaKey, lineEnd)
  return at === -1 ? 0 : closingQuote(frame, at + deltaKey.length) - at - deltaKey.length
}
