import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { ConfigurationError } from '../shared/errors.ts'
import type { Log } from '../shared/log.ts'
import { HandedOver } from './handed-over.ts'
import type { FromPrimary, FromWorker, WorkerAnswer } from './messages.ts'

/** A worker that dies younger than this is started again after a pause, which doubles from the second of these to the third. */
const grownUpAfterMs = 10_000
const firstPauseMs = 250
const longestPauseMs = 10_000
/** One that has not answered a question by then is left out. */
const answerWithinMs = 1_000

export interface WorkersOptions {
  count: number
  /** What each worker is told at its begin, the port that it is to listen on among it (never 0: it would be another one's each time), as JSON carries it. Goes through a pipe that nobody else reads. */
  settings: unknown
  log: Log
}

export interface Workers {
  url: string
  /** Tells all to drain, and resolves when they have left. */
  stop(): Promise<void>
  /** kill -9, for whoever cannot wait. */
  kill(): void
}

/**
 * Runs this program `count` times more behind one port, and starts again whichever dies. Resolves when all listen; rejects with the
 * ConfigurationError of the first that cannot.
 */
export async function startWorkers(options: WorkersOptions): Promise<Workers> {
  cluster.schedulingPolicy = cluster.SCHED_RR
  const primary = new Primary(options)
  try {
    await primary.start()
    return primary
  } catch (error) {
    await primary.stop()
    throw error
  }
}

interface Question {
  asker: Worker
  waitingFor: Set<number>
  answers: WorkerAnswer[]
  timer: NodeJS.Timeout
}

class Primary implements Workers {
  readonly #options: WorkersOptions
  readonly #workers = new Map<number, Worker>()
  readonly #pauses = new Map<number, number>()
  readonly #restarts = new Set<NodeJS.Timeout>()
  readonly #questions = new Map<string, Question>()
  readonly #handedOver = new HandedOver()
  #isStopping = false
  url = ''

  constructor(options: WorkersOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    await Promise.all(Array.from({ length: this.#options.count }, (_, i) => this.#fork(i + 1, true)))
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    for (const timer of this.#restarts) clearTimeout(timer)
    const left = [...this.#workers.values()].map(async (worker) => {
      const exit = once(worker, 'exit')
      worker.process.kill('SIGTERM')
      await exit
    })
    await Promise.all(left)
  }

  kill(): void {
    this.#isStopping = true
    for (const worker of this.#workers.values()) worker.process.kill('SIGKILL')
  }

  /** Resolves when it listens. Only the first ones may refuse: a successor that cannot start is tried again. */
  #fork(place: number, isFirst: boolean): Promise<void> {
    const worker = cluster.fork()
    const bornMs = performance.now()
    this.#workers.set(place, worker)
    this.#handedOver.watch(worker)
    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'refused') {
          if (isFirst) reject(new ConfigurationError('config_invalid', message.message))
          else this.#options.log.error(`[Workers] worker ${place} cannot start: ${message.message}`)
        } else this.#hear(place, worker, message, resolve)
      })
      worker.once('exit', (code, signal) => {
        this.#forget(place)
        const how = signal ?? `code ${code}`
        reject(new Error(`worker ${place} ended before it listened (${how})`))
        if (!this.#isStopping && this.url !== '') this.#replace(place, worker, how, performance.now() - bornMs)
      })
    })
  }

  #hear(place: number, worker: Worker, message: Exclude<FromWorker, { kind: 'refused' }>, onReady: () => void): void {
    if (message.kind === 'waiting') {
      tell(worker, { kind: 'begin', worker: place, settings: this.#options.settings })
    } else if (message.kind === 'ready') {
      this.url = message.url
      onReady()
    } else if (message.kind === 'ask') this.#ask(worker, message.id, message.topic)
    else this.#answer(message.id, place, message.text)
  }

  #replace(place: number, { process }: Worker, how: string, ageMs: number): void {
    const { log } = this.#options
    const before = this.#pauses.get(place) ?? 0
    const pauseMs = ageMs > grownUpAfterMs ? 0 : Math.min(Math.max(2 * before, firstPauseMs), longestPauseMs)
    this.#pauses.set(place, pauseMs)
    const words = `[Workers] worker ${place} (process ${process.pid}) ended with ${how} and is started again`
    if (how === 'code 0') log.info(words)
    else log.error(words)
    const timer = setTimeout(() => {
      this.#restarts.delete(timer)
      // Its end is heard of there; that it did not come up is no news for anybody else.
      this.#fork(place, false).then(
        () => log.info(`[Workers] worker ${place} listens again (process ${this.#workers.get(place)?.process.pid})`),
        () => {},
      )
    }, pauseMs)
    this.#restarts.add(timer)
  }

  /** Whoever waits for a worker that is gone waits no longer. */
  #forget(place: number): void {
    this.#workers.delete(place)
    for (const [id, question] of this.#questions) if (question.waitingFor.delete(place)) this.#endIfAnswered(id, question)
  }

  #ask(asker: Worker, id: string, topic: string): void {
    const question: Question = {
      asker,
      waitingFor: new Set(this.#workers.keys()),
      answers: [],
      timer: setTimeout(() => this.#end(id, question), answerWithinMs),
    }
    this.#questions.set(id, question)
    for (const worker of this.#workers.values()) tell(worker, { kind: 'asked', id, topic })
  }

  #answer(id: string, worker: number, text: string | undefined): void {
    const question = this.#questions.get(id)
    if (!question?.waitingFor.delete(worker)) return
    if (text !== undefined) question.answers.push({ worker, text })
    this.#endIfAnswered(id, question)
  }

  #endIfAnswered(id: string, question: Question): void {
    if (question.waitingFor.size === 0) this.#end(id, question)
  }

  #end(id: string, { asker, answers, timer }: Question): void {
    clearTimeout(timer)
    this.#questions.delete(id)
    tell(asker, { kind: 'answers', id, answers: answers.sort((a, b) => a.worker - b.worker) })
  }
}

/** One that is gone meanwhile hears nothing, and its end is heard of elsewhere. */
function tell(worker: Worker, message: FromPrimary): void {
  if (worker.isConnected()) worker.send(message, () => {})
}
