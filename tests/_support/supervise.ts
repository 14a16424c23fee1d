const isTooBusy = /Connection terminated|connection timeout|timeout exceeded when trying to connect|does not answer/
const mostStarts = 20

/** Starts it again where the database did not answer in time for a start, as a supervisor does: a busy machine takes longer than we wait. */
export async function supervise<T>(start: () => Promise<T>): Promise<T> {
  for (let starts = 1; ; starts += 1) {
    try {
      return await start()
    } catch (error) {
      if (starts === mostStarts || !isTooBusy.test(String(error))) throw error
    }
  }
}
