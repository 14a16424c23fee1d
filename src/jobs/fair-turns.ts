/**
 * Which worker of a pool looks for a job next, and whose jobs it may not take. One looks at a time, and only when there may be something: so each
 * knows what those before it took, and workers without work ask the database nothing.
 *
 * An owner may take another place only while it has fewer than are free. So one alone gets half of the places, the next one half of what that
 * leaves, and so on; those who come at the same time get as much each. The last place goes only to an owner who has none.
 */
export class FairTurns {
  #free: number
  readonly #held = new Map<string, number>()
  readonly #waiting: ((owners: string[]) => void)[] = []
  #isLooking = false
  #isWanted = true
  #isOver = false

  constructor(places: number) {
    this.#free = places
  }

  /** A worker is ready to look. Resolves when it shall, with the owners whose jobs it may not take. */
  next(): Promise<string[]> {
    if (this.#isOver) return Promise.resolve([])
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#pass()
    })
  }

  /** There may be something to find. */
  look(): void {
    this.#isWanted = true
    this.#pass()
  }

  /** The one that looked has a job, of these owners. */
  found(owners: readonly string[]): void {
    this.#isLooking = false
    this.#free -= 1
    for (const owner of owners) this.#held.set(owner, (this.#held.get(owner) ?? 0) + 1)
    this.look()
  }

  foundNothing(): void {
    this.#isLooking = false
    this.#pass()
  }

  /** A job has ended. */
  ended(owners: readonly string[]): void {
    this.#free += 1
    for (const owner of owners) {
      const held = (this.#held.get(owner) ?? 0) - 1
      if (held > 0) this.#held.set(owner, held)
      else this.#held.delete(owner)
    }
    this.look()
  }

  /** Nobody waits any more: the pool is closed, and each worker has to find that out. */
  end(): void {
    this.#isOver = true
    for (const go of this.#waiting.splice(0)) go([])
  }

  #pass(): void {
    if (!this.#isWanted || this.#isLooking) return
    const go = this.#waiting.shift()
    if (!go) return
    this.#isWanted = false
    this.#isLooking = true
    go([...this.#held].flatMap(([owner, held]) => (held >= this.#free ? [owner] : [])))
  }
}
