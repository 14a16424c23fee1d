import { z } from 'zod'
import type { Queryable } from '../../database/index.ts'
import { findLatency, summarizeUsage, type UsageWindow } from '../../usage/index.ts'
import { latencyFigures, latencyToJson } from './usage-latency.ts'
import { noSums, sumsObject, sumsToJson } from './usage-sums.ts'

/** All sums of a length of time, with the shares that are made of them. */
export const span = sumsObject.extend({
  /** Of its calls, 0 to 1; null without calls. */
  error_rate: z.number().nullable(),
  cache_hit_rate: z.number().nullable(),
  latency: latencyFigures.nullable(),
})

export async function readSpan(db: Queryable, window: UsageWindow): Promise<z.input<typeof span>> {
  const [[row], latency] = await Promise.all([summarizeUsage(db, { ...window, by: 'all' }), findLatency(db, window)])
  const share = (part: bigint) => (row && row.calls > 0n ? Number(part) / Number(row.calls) : null)
  return {
    ...(row ? sumsToJson(row) : noSums),
    error_rate: share(row?.errors ?? 0n),
    cache_hit_rate: share(row?.cache_hits ?? 0n),
    latency: latency ? latencyToJson(latency) : null,
  }
}
