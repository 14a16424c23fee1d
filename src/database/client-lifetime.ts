import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'

const longestGoodbyeMs = 5_000

/** A process that has nothing else to do may end although this connection is open. (`pg` has the method; its types do not.) */
export function letProcessEnd(client: pg.Client): void {
  ;(client as pg.Client & { unref(): void }).unref()
}

/**
 * Waits for connections to close. Such connections do not keep the process alive by themselves, so the clock does, and a database that
 * went silent does not hold up a shutdown for longer than that.
 */
export async function sayGoodbye(closing: Promise<unknown>): Promise<void> {
  const waiting = new AbortController()
  const timeout = delay(longestGoodbyeMs, undefined, { signal: waiting.signal }).catch(() => {})
  await Promise.race([closing.catch(() => {}), timeout])
  waiting.abort()
}
