import { type Database, isConnectionError } from '../database/index.ts'
import type { Notifier } from '../notifications/index.ts'
import type { Log } from '../shared/log.ts'

/** A notification that a pooler swallowed, and an attempt whose time has come, is seen within this time. */
const pollEveryMs = 5_000
/** Deliveries of this process under way at once, each of another channel. */
const mostAtOnce = 16

/** Sends what the notifier has due. Any number of replicas do it together. */
export async function startNotifying(options: {
  database: Pick<Database, 'listen'>
  notifier: Notifier
  log: Log
  /** A delivery that nobody noted for so long is sent again: its process is taken for dead. */
  abandonedAfterMs: number
}): Promise<{ stop(): Promise<void> }> {
  const { database, notifier, log, abandonedAfterMs } = options
  const sending = new Set<Promise<void>>()
  let isWanted = false
  let isStopping = false
  let claiming: Promise<void> | undefined
  const claim = async () => {
    try {
      while (isWanted && !isStopping && sending.size < mostAtOnce) {
        isWanted = false
        for (const delivery of await notifier.claim(mostAtOnce - sending.size, abandonedAfterMs)) {
          const sent = notifier.send(delivery).finally(() => {
            sending.delete(sent)
            // There is room for another, perhaps of the same channel.
            run()
          })
          sending.add(sent)
        }
      }
    } catch (error) {
      if (!isConnectionError(error)) log.error('[Notifications] what is due could not be looked for', error)
    }
  }
  const run = () => {
    isWanted = true
    claiming ??= claim().finally(() => {
      claiming = undefined
    })
  }
  const timer = setInterval(run, Math.min(pollEveryMs, abandonedAfterMs))
  timer.unref()
  const unlisten = await database.listen('catraca_notification', run)
  run()
  return {
    async stop() {
      isStopping = true
      clearInterval(timer)
      await unlisten()
      await claiming
      await Promise.all(sending)
    },
  }
}
