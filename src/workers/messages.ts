/** What one worker answered to a question that was asked of all. */
export interface WorkerAnswer {
  /** From 1 to WEB_CONCURRENCY; a worker that takes another's place takes its number. */
  worker: number
  text: string
}

export interface Beginning {
  worker: number
  /** What the primary wants the worker to know, as JSON carries it. */
  settings: unknown
}

/** What a worker tells the primary. */
export type FromWorker =
  | { kind: 'waiting' }
  | { kind: 'ready'; url: string }
  | { kind: 'refused'; message: string }
  | { kind: 'ask'; id: string; topic: string }
  | { kind: 'answer'; id: string; text?: string }

/** What the primary tells a worker. */
export type FromPrimary =
  | ({ kind: 'begin' } & Beginning)
  | { kind: 'asked'; id: string; topic: string }
  | { kind: 'answers'; id: string; answers: WorkerAnswer[] }
