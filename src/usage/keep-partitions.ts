import { setTimeout as delay } from 'node:timers/promises'
import type { Queryable } from '../database/index.ts'
import { errorCode } from '../shared/error-code.ts'
import { archiveMonths } from './sql/archive-months.ts'
import { ensurePartitions } from './sql/ensure-partitions.ts'

export interface PartitionPolicy {
  /** How many whole months stay in gateway_usage_logs besides the current one, at least 2; undefined keeps all. */
  retentionMonths: number | undefined
}

/** Whoever reads the table for long is not waited for with the lock in hand, because calls would queue behind it. */
const tries = 5
const pauseMs = 500

/**
 * Makes months ahead and puts away those that are older than the policy keeps; answers what was put away, as YYYY-MM. Safe from any
 * number of replicas and while calls go on. Rejects where the table was read without a pause; the next time will do as well.
 */
export async function keepPartitions(db: Queryable, { retentionMonths }: PartitionPolicy): Promise<string[]> {
  await retried(() => ensurePartitions(db))
  return retentionMonths === undefined ? [] : await retried(() => archiveMonths(db, retentionMonths))
}

async function retried<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run()
    } catch (error) {
      const isLocked = ['55P03', '40P01'].includes(errorCode(error))
      if (!isLocked || attempt === tries) throw error
      await delay(pauseMs * attempt)
    }
  }
}
