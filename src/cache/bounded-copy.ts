/** A copy of bytes that go somewhere else, up to a limit: of what is longer nothing is kept. */
export class BoundedCopy {
  readonly #maxBytes: number
  #bytes = 0
  #pieces: Buffer[] = []

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Is what was written so far still kept? */
  get fits(): boolean {
    return this.#bytes <= this.#maxBytes
  }

  write(piece: Buffer): void {
    this.#bytes += piece.length
    if (this.fits) this.#pieces.push(piece)
    else this.#pieces = []
  }

  /** Undefined for what was too long. */
  end(): Buffer | undefined {
    return this.fits ? Buffer.concat(this.#pieces) : undefined
  }
}
