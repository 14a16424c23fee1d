import { type GatewayError, UpstreamBrokenError } from '../../shared/errors.ts'
import { isRecord } from '../../shared/is-record.ts'
import { BodyTap, malformedAnswer } from '../body-tap.ts'
import type { AnswerReport, AnswerTap, ParsedRequest } from '../dialect.ts'
import { closingQuote } from '../scan-object.ts'
import { frameData } from '../sse-frame.ts'
import { parsedEvent, StreamTap } from '../stream-tap.ts'
import { errorInAnswer } from './error.ts'
import { AnswerReader } from './read-answer.ts'

const stopFrame = Buffer.from('event: message_stop\ndata: {"type":"message_stop"}\n\n')

export function createTap(request: ParsedRequest): AnswerTap {
  return request.stream ? new MessagesTap() : new BodyTap(readMessage)
}

function readMessage(body: unknown, report: AnswerReport): GatewayError | undefined {
  if (isRecord(body) && body.type === 'error') return errorInAnswer(body.error, false)
  if (!isRecord(body) || !Array.isArray(body.content)) return malformedAnswer('has no content')
  new AnswerReader(report).readMessage(body)
  return undefined
}

/** A stream is whole when it has told why it stopped; `message_stop` is then all that can follow. */
class MessagesTap extends StreamTap {
  readonly #reader = new AnswerReader(this.report)
  #hasStopped = false

  protected override take(data: Buffer, start: number, frame: string): void {
    const bytes = this.isHolding ? 0 : plainTextBytes(frame)
    if (bytes > 0) {
      this.report.outputBytes += bytes
      this.report.outputPieces += 1
      this.begun = true
      return
    }
    const end = start + frame.length
    const found = frameData(frame)
    if (found === undefined) {
      this.place(data, start, end)
      return
    }
    const event = parsedEvent(found.text(data, start))
    if (event === undefined) {
      this.failUnread(data, start, end)
      return
    }
    if (event.type === 'error' || found.event === 'error') {
      this.failWith(errorInAnswer(event.error ?? event, this.begun), data, start, end)
      return
    }
    if (this.#reader.readEvent(event)) this.begun = true
    // The end's own event carries the usage of the whole answer.
    if (this.isFinished()) this.isHolding = true
    if (event.type === 'message_stop') {
      this.#hasStopped = true
      this.isHolding = true
      this.isOver = true
    }
    this.place(data, start, end)
  }

  protected override isWhole(json: string): boolean {
    return parsedEvent(json) !== undefined
  }

  protected override isFinished(): boolean {
    return this.report.finishReason !== undefined
  }

  protected override faultOfWhole(): GatewayError | undefined {
    return this.begun ? undefined : new UpstreamBrokenError('malformed_response', 'The provider ended its answer without any content')
  }

  protected override complete(): void {
    if (this.#hasStopped) return
    this.#hasStopped = true
    this.hold(stopFrame)
  }
}

const textFrameStart = 'event: content_block_delta\ndata: {"type":"content_block_delta","index":'
const textStart = ',"delta":{"type":"text_delta","text":"'

/**
 * The hot path: a frame that is one piece of text and nothing else is recognised by a few comparisons, without parsing it. Frames hold
 * one byte a character (latin1). Returns the bytes of text, as escaped in JSON and so never too few; 0 for what must be read in full.
 */
function plainTextBytes(frame: string): number {
  if (!frame.startsWith(textFrameStart)) return 0
  let at = textFrameStart.length
  while (frame.charCodeAt(at) >= 0x30 && frame.charCodeAt(at) <= 0x39) at += 1
  if (!frame.startsWith(textStart, at)) return 0
  const from = at + textStart.length
  const to = closingQuote(frame, from)
  // Nothing but brackets and space may follow: Anthropic pads some of its events.
  if (!frame.startsWith('"}', to) || !/^\s*\}\s*$/.test(frame.slice(to + 2))) return 0
  return to - from
}
