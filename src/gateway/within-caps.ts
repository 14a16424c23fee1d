import type { ScopeCap, WithinLimits } from '../limits/index.ts'
import { giveBack } from './cached-call.ts'
import type { Call } from './call.ts'
import type { GatewayContext } from './gateway-context.ts'
import type { CallPlan } from './plan-call.ts'

/** How long a call may be on its way into the ledger, beside waiting for its budget. */
const admissionMs = 2_000

/**
 * Makes the call in its places among those that its key, its client and all clients together may have under way, and frees them once it is
 * settled. Without a cap nothing is done but `make`. Throws what `make` throws, RateLimitedError `concurrency_limited`, or
 * LedgerUnavailableError where the database cannot count: a cap is never passed, so nobody who has one goes on unchecked.
 */
export async function withinCaps<T>(
  context: GatewayContext,
  { callId, client, key }: Pick<Call<unknown>, 'callId' | 'client' | 'key'>,
  { timeouts, sharedCap }: Pick<CallPlan, 'timeouts' | 'sharedCap'>,
  within: WithinLimits,
  make: () => Promise<T>,
): Promise<T> {
  const { limiter, settings } = context
  if ((key?.maxConcurrentCalls ?? client.maxConcurrentCalls ?? sharedCap) === undefined) return await make()
  const caps = [
    ...capOf('key', key?.id, key?.maxConcurrentCalls),
    ...capOf('client', client.id, client.maxConcurrentCalls),
    ...capOf('shared', undefined, sharedCap),
  ]
  const ttlMs = admissionMs + settings.budgetWaitMs + timeouts.totalMs + settings.holdMarginMs
  await limiter.places.take(callId, caps, ttlMs).catch(giveBack(within))
  try {
    return await make()
  } finally {
    await limiter.places.free(callId)
  }
}

function capOf(scope: ScopeCap['scope'], id: string | undefined, most: number | undefined): ScopeCap[] {
  return most === undefined ? [] : [{ scope, id, most }]
}
