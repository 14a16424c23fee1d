import { type Outage, Remembered } from './remembered.ts'

/**
 * Remembered values by name, at most `most` that were found and as many that were not: a flood of made-up names takes bounded memory and
 * never pushes out what is real, which an outage may need. Of each kind the oldest makes room for the newest.
 */
export class RememberedNames<T> {
  readonly #most: number
  readonly #outage: Outage
  readonly #found = new Map<string, Remembered<T | undefined>>()
  readonly #others = new Map<string, Remembered<T | undefined>>()

  constructor(most: number, outage: Outage) {
    this.#most = most
    this.#outage = outage
  }

  get size(): number {
    return this.#found.size + this.#others.size
  }

  /** `load` is kept for every later look at this name. Undefined where there is no such thing; that is remembered as well. */
  get(name: string, load: () => Promise<T | undefined>): Promise<T | undefined> {
    const known = this.#found.get(name) ?? this.#others.get(name)
    if (known) return known.get()
    const entry = new Remembered(async () => {
      const value = await load()
      if (value !== undefined && this.#found.get(name) !== entry) {
        this.#others.delete(name)
        this.#add(this.#found, name, entry)
      }
      return value
    }, this.#outage)
    this.#add(this.#others, name, entry)
    return entry.get()
  }

  /** Something may have changed: the next look at any of them loads again. */
  forget(): void {
    for (const entry of this.#found.values()) entry.forget()
    for (const entry of this.#others.values()) entry.forget()
  }

  #add(entries: Map<string, Remembered<T | undefined>>, name: string, entry: Remembered<T | undefined>): void {
    entries.set(name, entry)
    const [oldest] = entries.size > this.#most ? entries.keys() : []
    if (oldest !== undefined) entries.delete(oldest)
  }
}
