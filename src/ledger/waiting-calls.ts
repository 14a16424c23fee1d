interface WaitingCall {
  request: { clientId: string }
  deadlineMs: number
}

/** Calls that wait for other calls' holds: each client's in arrival order, and clients take turns, so that no crowd keeps another out. */
export class WaitingCalls<T extends WaitingCall> {
  readonly #byClient = new Map<string, T[]>()

  get isEmpty(): boolean {
    return this.#byClient.size === 0
  }

  has(clientId: string): boolean {
    return this.#byClient.has(clientId)
  }

  add(call: T): void {
    const queue = this.#byClient.get(call.request.clientId)
    if (queue) queue.push(call)
    else this.#byClient.set(call.request.clientId, [call])
  }

  /** Calls that were tried and are still too early, in the order in which they were taken. */
  putBack(calls: readonly T[]): void {
    for (const [clientId, front] of Map.groupBy(calls, (call) => call.request.clientId)) {
      this.#byClient.set(clientId, [...front, ...(this.#byClient.get(clientId) ?? [])])
    }
  }

  /** Those whose patience has ended, with whoever came before them; and, when `everybody` is to be tried, an equal share of each client. */
  take(most: number, nowMs: number, everybody: boolean): T[] {
    const taken: T[] = []
    for (const [clientId, queue] of [...this.#byClient]) {
      const ended = queue.findLastIndex((call) => call.deadlineMs <= nowMs) + 1
      taken.push(...this.#takeFront(clientId, Math.min(ended, most - taken.length)))
    }
    if (!everybody) return taken
    const share = Math.max(1, Math.floor((most - taken.length) / Math.max(1, this.#byClient.size)))
    for (const clientId of [...this.#byClient.keys()]) taken.push(...this.#takeFront(clientId, Math.min(share, most - taken.length)))
    return taken
  }

  /** What is left of the client's calls goes behind the other clients'. */
  #takeFront(clientId: string, count: number): T[] {
    const queue = this.#byClient.get(clientId) ?? []
    if (count === 0) return []
    const front = queue.splice(0, count)
    this.#byClient.delete(clientId)
    if (queue.length > 0) this.#byClient.set(clientId, queue)
    return front
  }
}
