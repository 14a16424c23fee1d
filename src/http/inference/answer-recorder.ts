import { BoundedCopy, type KeptAnswer } from '../../cache/index.ts'

/** Keeps a copy of an answer while it goes out, up to a limit: of a longer one nothing is kept. */
export class AnswerRecorder {
  readonly #copy: BoundedCopy
  #headers: Record<string, string> | undefined

  constructor(maxBytes: number) {
    this.#copy = new BoundedCopy(maxBytes)
  }

  begin(headers: Record<string, string>): void {
    this.#headers ??= headers
  }

  write(piece: Buffer): void {
    this.#copy.write(piece)
  }

  /** Undefined for an answer that is too long. */
  end({ isCut }: { isCut: boolean }): KeptAnswer | undefined {
    const body = this.#copy.end()
    return body && { status: 200, headers: this.#headers ?? {}, body, isCut }
  }
}
