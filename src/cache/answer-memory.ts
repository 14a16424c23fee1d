import type { CachedAnswer } from './cached-answer.ts'

/** What an answer takes beside its body: the entry, its key and the objects, as measured and rounded up. */
const entryBytes = 900

export interface RememberedAnswer {
  answer: CachedAnswer
  /** By the process's own clock. */
  storedAtMs: number
  expiresAtMs: number
}

/**
 * Answers in this process, bounded in bytes. Two generations: when the young one has half of the bytes it becomes the old one, and what
 * was not used since it became old is let go all at once. A map in the order of use would have to walk over what it has deleted.
 */
export class AnswerMemory {
  readonly #halfBytes: number
  #young = new Generation()
  #old = new Generation()

  constructor(maxBytes: number) {
    this.#halfBytes = Math.floor(maxBytes / 2)
  }

  get bytes(): number {
    return this.#young.bytes + this.#old.bytes
  }

  get size(): number {
    return this.#young.entries.size + this.#old.entries.size
  }

  get(id: string): RememberedAnswer | undefined {
    const young = this.#young.entries.get(id)
    if (young) return young
    const old = this.#old.entries.get(id)
    if (old) {
      this.#old.delete(id)
      this.#add(id, old)
    }
    return old
  }

  put(id: string, { answer, ...times }: RememberedAnswer): void {
    this.delete(id)
    if (sizeOf(answer) > this.#halfBytes) return
    // Memory of its own: a slice would keep the whole that it was cut from.
    const body = Buffer.allocUnsafeSlow(answer.body.length)
    answer.body.copy(body)
    this.#add(id, { answer: { ...answer, body }, ...times })
  }

  delete(id: string): void {
    this.#young.delete(id)
    this.#old.delete(id)
  }

  deleteExpired(nowMs: number): void {
    for (const generation of [this.#young, this.#old])
      for (const [id, { expiresAtMs }] of generation.entries) if (expiresAtMs <= nowMs) generation.delete(id)
  }

  #add(id: string, entry: RememberedAnswer): void {
    if (this.#young.bytes + sizeOf(entry.answer) > this.#halfBytes) {
      this.#old = this.#young
      this.#young = new Generation()
    }
    this.#young.add(id, entry)
  }
}

class Generation {
  readonly entries = new Map<string, RememberedAnswer>()
  bytes = 0

  add(id: string, entry: RememberedAnswer): void {
    this.entries.set(id, entry)
    this.bytes += sizeOf(entry.answer)
  }

  delete(id: string): void {
    const entry = this.entries.get(id)
    if (entry && this.entries.delete(id)) this.bytes -= sizeOf(entry.answer)
  }
}

function sizeOf({ body }: CachedAnswer): number {
  return entryBytes + body.length
}
