import { type Database, isConnectionError } from '../database/index.ts'

/** A notification that a pooler swallowed, or that nobody was there to hear, is made up for within this time. */
const pollEveryMs = 5_000

/** Does `work` at once, whenever PostgreSQL notifies `channel`, and now and then; never twice at a time. */
export async function runWhenTold(options: {
  database: Pick<Database, 'listen'>
  channel: string
  /** Where this is less than the usual five seconds. */
  mostEveryMs: number
  /** `again` has it done once more, when what is under way is done. */
  work: (again: () => void) => Promise<void>
  /** Told nothing of a lost connection: the next try comes by itself. */
  failed: (error: unknown) => void
}): Promise<{ stop(): Promise<void> }> {
  const { database, channel, mostEveryMs, work, failed } = options
  let isWanted = false
  let running: Promise<void> | undefined
  const workOff = async () => {
    try {
      while (isWanted) {
        isWanted = false
        await work(run)
      }
    } catch (error) {
      if (!isConnectionError(error)) failed(error)
    }
  }
  const run = () => {
    isWanted = true
    running ??= workOff().finally(() => {
      running = undefined
    })
  }
  const timer = setInterval(run, Math.min(pollEveryMs, mostEveryMs))
  timer.unref()
  const unlisten = await database.listen(channel, run)
  run()
  return {
    /** Listens no more, and waits for what is under way. */
    async stop() {
      clearInterval(timer)
      await unlisten()
      await running
    },
  }
}
