import type { ServerResponse } from 'node:http'

/**
 * Ends an answer of which its caller has taken nothing for so long, though something waits to be taken: else a caller who never reads keeps
 * a connection on either side, and what was read for them, for ever. Silence of the provider is not theirs; Node's socket timer
 * counts any progress of a pending write.
 */
export function endIfStalled(response: ServerResponse, idleMs: number): void {
  response.setTimeout(idleMs, () => {
    if (response.writableLength > 0) response.destroy()
  })
}
