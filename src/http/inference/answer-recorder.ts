import type { KeptAnswer } from '../../cache/index.ts'

/** Keeps a copy of an answer while it goes out, up to a limit: of a longer one nothing is kept. */
export class AnswerRecorder {
  readonly #maxBytes: number
  #bytes = 0
  #pieces: Buffer[] = []
  #headers: Record<string, string> | undefined

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  begin(headers: Record<string, string>): void {
    this.#headers ??= headers
  }

  write(piece: Buffer): void {
    this.#bytes += piece.length
    if (this.#bytes <= this.#maxBytes) this.#pieces.push(piece)
    else this.#pieces = []
  }

  /** Undefined for an answer that is too long. */
  end({ isCut }: { isCut: boolean }): KeptAnswer | undefined {
    if (this.#bytes > this.#maxBytes) return undefined
    return { status: 200, headers: this.#headers ?? {}, body: Buffer.concat(this.#pieces), isCut }
  }
}
