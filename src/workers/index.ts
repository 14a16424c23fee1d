export type { WorkerAnswer } from './messages.ts'
export { startWorkers, type Workers, type WorkersOptions } from './start-workers.ts'
export { beginWorker, isWorker, type WorkerLife } from './worker.ts'
