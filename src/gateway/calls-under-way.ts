/** Knows of every call in the pipeline, also of those whose caller has left and whose answer is read on. */
export class CallsUnderWay {
  readonly #calls = new Set<Promise<unknown>>()

  get size(): number {
    return this.#calls.size
  }

  track<T>(call: Promise<T>): Promise<T> {
    this.#calls.add(call)
    const done = () => this.#calls.delete(call)
    call.then(done, done)
    return call
  }

  /** Resolves when none is left. */
  async ended(): Promise<void> {
    while (this.#calls.size > 0) await Promise.allSettled(this.#calls)
  }
}
