import { systemClock, type TimedClock, type Timer } from './clock.ts'

/** The database said nothing in time. What it was asked may be done all the same, now or later. */
export class NoAnswerError extends Error {
  constructor(timeoutMs: number) {
    super(`no answer from the database within ${timeoutMs} ms`)
    this.name = new.target.name
  }
}

/** Rejects with NoAnswerError when `work` takes longer. A network that drops packets would keep a statement waiting for a quarter of an hour. */
export async function withTimeout<T>(work: Promise<T>, timeoutMs: number, clock: TimedClock = systemClock): Promise<T> {
  let timer: Timer | undefined
  const late = new Promise<never>((_, reject) => {
    timer = clock.after(timeoutMs, () => {
      // What is here by now and has not been read, because this process had no processor, is an answer in time.
      timer = clock.after(0, () => reject(new NoAnswerError(timeoutMs)))
    })
  })
  try {
    return await Promise.race([work, late])
  } finally {
    timer?.cancel()
  }
}
