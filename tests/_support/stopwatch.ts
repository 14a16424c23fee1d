import { readFileSync } from 'node:fs'

/**
 * Milliseconds from now on in which this process, or one of the others named, was ready to go on and waited in the kernel's queue for a
 * processor: the machine's time and not the program's. Linux counts them; elsewhere there are none.
 */
export function startQueueMeter(...pids: number[]): () => number {
  const queued = () => [process.pid, ...pids].map(queuedMs)
  const before = queued()
  return () => queued().reduce((sum, ms, index) => sum + Math.max(0, ms - (before[index] ?? 0)), 0)
}

/** Milliseconds from now on without those: a promise in seconds is measured on a busy machine as on an idle one. */
export function startStopwatch(...pids: number[]): () => number {
  const queuedMs = startQueueMeter(...pids)
  const beganMs = performance.now()
  return () => performance.now() - beganMs - queuedMs()
}

/** Of the main thread, which is the one that JavaScript runs on. A process that is gone has no figure any more. */
function queuedMs(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6
  } catch {
    return 0
  }
}
