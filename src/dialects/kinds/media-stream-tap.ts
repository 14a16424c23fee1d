import type { AnswerReport } from '../dialect.ts'
import { errorInAnswer } from '../openai-chat/error.ts'
import { frameData } from '../sse-frame.ts'
import { parsedEvent, StreamTap } from '../stream-tap.ts'

/** Notes in the report what an event says, and tells whether it brings content, or is what ends a whole answer. */
export type ReadEvent = (event: Record<string, unknown>, report: AnswerReport) => 'content' | 'end' | undefined

/** Has the upstream answered with a stream? A model that cannot stream ignores the wish: https://platform.openai.com/docs/api-reference/audio/createTranscription#audio_createtranscription-stream */
export function isEventStream(contentType: string | undefined): boolean {
  return contentType?.startsWith('text/event-stream') === true
}

/** A stream of transcripts or pictures. The event that ends it has the usage and is held until the call is settled. */
export class MediaStreamTap extends StreamTap {
  /** An event may be a whole picture, and the last one waits. */
  protected override readonly maxWaitingBytes = 64 * 1024 * 1024
  protected override readonly maxFrameBytes = 64 * 1024 * 1024
  readonly #readEvent: ReadEvent
  #isFinished = false

  constructor(readEvent: ReadEvent) {
    super()
    this.#readEvent = readEvent
  }

  protected override take(data: Buffer, start: number, frame: string): void {
    const end = start + frame.length
    const found = frameData(frame)
    // What comes after the answer's end goes on as it came.
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
    if (event.type === 'error' || found?.event === 'error' || (event.type === undefined && event.error != null)) {
      this.failWith(errorInAnswer(event.error ?? event, this.begun), data, start, end)
      return
    }
    const read = this.#readEvent(event, this.report)
    if (read === 'content') this.begun = true
    if (read === 'end') {
      this.#isFinished = true
      this.isHolding = true
    }
    this.place(data, start, end)
  }

  protected override isWhole(json: string): boolean {
    return parsedEvent(json) !== undefined
  }

  protected override isFinished(): boolean {
    return this.#isFinished
  }
}
