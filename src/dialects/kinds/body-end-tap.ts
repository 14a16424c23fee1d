import type { AnswerTap } from '../dialect.ts'
import { emptyReport } from '../empty-report.ts'

/** Passes on what is no JSON (sound, subtitles) as it comes. Its last piece waits, because the call is settled before it goes out. */
export class BodyEndTap implements AnswerTap {
  readonly report = emptyReport()
  /** Nothing in the bytes says that they are all. */
  readonly endsWithBody = true
  begun = false
  readonly #onPiece: ((piece: Buffer) => void) | undefined
  #held: Buffer | undefined

  constructor(onPiece?: (piece: Buffer) => void) {
    this.#onPiece = onPiece
  }

  push(chunk: Buffer): Buffer | undefined {
    if (chunk.length === 0) return undefined
    this.#onPiece?.(chunk)
    const ready = this.#held
    // Until something goes out, another target may be tried.
    this.begun ||= ready !== undefined
    this.#held = chunk
    return ready
  }

  end(): ReturnType<AnswerTap['end']> {
    return { tail: this.#held ? [this.#held] : [], error: undefined }
  }
}
