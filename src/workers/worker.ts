import cluster from 'node:cluster'
import { randomUUID } from 'node:crypto'
import type { Beginning, FromPrimary, FromWorker, WorkerAnswer } from './messages.ts'

/** More than the primary waits for the others, so that only a primary in trouble leaves a question open. */
const answersWithinMs = 2_000

/** Is this process one that `startWorkers` has started? */
export const isWorker = cluster.isWorker

export interface WorkerLife extends Beginning {
  /** It listens. */
  ready(url: string): void
  /** It cannot start: the primary says so. */
  refuse(error: unknown): void
  /** Resolves when it is time to drain: SIGTERM, or the primary is gone. */
  stopped: Promise<void>
  /** What this worker says when somebody asks all workers. */
  answer(topic: string, answer: () => Promise<string>): void
  /** Asks every worker, this one included. Those that have nothing to say, or do not say it within a second, are left out; never rejects. */
  ask(topic: string): Promise<WorkerAnswer[]>
  /** Nothing of it keeps this process alive any more. */
  leave(): void
}

/** Waits for the primary's word to begin. */
export async function beginWorker(): Promise<WorkerLife> {
  // A terminal sends Ctrl-C to every process of its group; the primary decides what it means.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
  const stopped = new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve)
    cluster.worker?.once('disconnect', () => {
      // Without this Node ends the process on the spot, with every call that is under way.
      keepRunning()
      resolve()
    })
  })
  const answerers = new Map<string, () => Promise<string>>()
  const asked = new Map<string, (answers: WorkerAnswer[]) => void>()
  const beginning = await new Promise<Beginning>((resolve) => {
    process.on('message', (message: FromPrimary) => {
      if (message.kind === 'begin') resolve(message)
      else if (message.kind === 'answers') asked.get(message.id)?.(message.answers)
      else void reply(message.id, answerers.get(message.topic))
    })
    tell({ kind: 'waiting' })
  })
  return {
    ...beginning,
    ready: (url) => tell({ kind: 'ready', url }),
    refuse: (error) => tell({ kind: 'refused', message: error instanceof Error ? error.message : String(error) }),
    stopped,
    answer: (topic, answer) => void answerers.set(topic, answer),
    ask: (topic) => ask(topic, asked),
    leave() {
      keepRunning()
      if (process.connected) process.disconnect?.()
    },
  }
}

function keepRunning(): void {
  if (cluster.worker) cluster.worker.exitedAfterDisconnect = true
}

async function reply(id: string, answer: (() => Promise<string>) | undefined): Promise<void> {
  try {
    tell({ kind: 'answer', id, ...(answer && { text: await answer() }) })
  } catch {
    tell({ kind: 'answer', id })
  }
}

function ask(topic: string, asked: Map<string, (answers: WorkerAnswer[]) => void>): Promise<WorkerAnswer[]> {
  const id = randomUUID()
  return new Promise((resolve) => {
    const end = (answers: WorkerAnswer[]) => {
      clearTimeout(timer)
      asked.delete(id)
      resolve(answers)
    }
    const timer = setTimeout(() => end([]), answersWithinMs)
    asked.set(id, end)
    tell({ kind: 'ask', id, topic })
  })
}

function tell(message: FromWorker): void {
  if (process.connected) process.send?.(message, () => {})
}
