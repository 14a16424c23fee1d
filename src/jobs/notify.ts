import type { Database } from '../database/index.ts'
import type { Notifier } from '../notifications/index.ts'
import type { Log } from '../shared/log.ts'
import { runWhenTold } from './run-when-told.ts'

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
  let isStopping = false
  const claim = async (again: () => void) => {
    if (isStopping || sending.size >= mostAtOnce) return
    for (const delivery of await notifier.claim(mostAtOnce - sending.size, abandonedAfterMs)) {
      const sent = notifier.send(delivery).finally(() => {
        sending.delete(sent)
        // There is room for another, perhaps of the same channel.
        again()
      })
      sending.add(sent)
    }
  }
  const claims = await runWhenTold({
    database,
    channel: 'catraca_notification',
    mostEveryMs: abandonedAfterMs,
    work: claim,
    failed: (error) => log.error('[Notifications] what is due could not be looked for', error),
  })
  return {
    async stop() {
      isStopping = true
      await claims.stop()
      await Promise.all(sending)
    },
  }
}
