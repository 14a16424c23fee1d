import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

export interface Flood {
  /** Answers so far. */
  readonly answered: number
  /** From now on so many a second; undefined: as many as its connections can ask one after the other. */
  ask(perSecond: number | undefined): void
  /** Resolves with how many answers of each status came. */
  stop(): Promise<Record<string, number>>
}

/**
 * Calls with made-up client keys of the right form, each a new one, from a thread of its own. It asks nothing until it is told to.
 */
export function startFlood(url: string, connections: number): Flood {
  const shared = new Int32Array(new SharedArrayBuffer(8))
  const worker = new Worker(new URL('./flood-worker.ts', import.meta.url), {
    workerData: { port: Number(new URL(url).port), connections, shared },
  })
  return {
    get answered() {
      return Atomics.load(shared, 0)
    },
    ask(perSecond) {
      Atomics.store(shared, 1, perSecond ?? -1)
    },
    async stop() {
      worker.postMessage('stop')
      const [answers] = await once(worker, 'message')
      await worker.terminate()
      return answers
    },
  }
}
