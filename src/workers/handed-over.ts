import type { Worker } from 'node:cluster'

interface Handle {
  close(): void
}

/**
 * A connection that was handed to a worker which dies before it has taken it stays open in the primary for good: its caller would wait for
 * an answer from nobody. Node hands a worker one connection at a time, so the last one is the only one that can be lost so. Closing what
 * was taken in order does nothing.
 */
export class HandedOver {
  readonly #last = new Map<number, Handle>()

  watch(worker: Worker): void {
    const { process } = worker
    const send = process.send.bind(process) as (...args: unknown[]) => boolean
    process.send = (...args: unknown[]) => {
      if (isHandle(args[1])) this.#note(worker.id, args[1])
      return send(...args)
    }
    worker.once('exit', () => {
      this.#last.get(worker.id)?.close()
      this.#last.delete(worker.id)
    })
  }

  #note(id: number, handle: Handle): void {
    // One that a worker on its way out sent back is another's now.
    for (const [other, held] of this.#last) if (held === handle) this.#last.delete(other)
    this.#last.set(id, handle)
  }
}

function isHandle(value: unknown): value is Handle {
  return typeof value === 'object' && value !== null && 'close' in value && typeof value.close === 'function'
}
