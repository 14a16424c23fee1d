/** The database said nothing in time. What it was asked may be done all the same, now or later. */
export class NoAnswerError extends Error {
  constructor(timeoutMs: number) {
    super(`no answer from the database within ${timeoutMs} ms`)
    this.name = new.target.name
  }
}

/** Rejects with NoAnswerError when `work` takes longer. A network that drops packets would keep a statement waiting for a quarter of an hour. */
export async function withTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswerError(timeoutMs)), timeoutMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
