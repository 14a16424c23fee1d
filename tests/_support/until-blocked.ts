import { expect } from 'vitest'
import type { Queryable } from '../../src/database/index.ts'

/**
 * Until a statement with these words (`count` of them) waits for a lock that another transaction has; with `by`, that this one has. With `work` also
 * until that is over, because it did not wait at all.
 */
export async function untilBlocked(
  db: Queryable,
  words: string,
  { by, work, count = 1 }: { by?: Queryable; work?: Promise<unknown>; count?: number } = {},
): Promise<void> {
  let isOver = false
  const over = () => {
    isOver = true
  }
  work?.then(over, over)
  const [holder] = (await by?.query<{ pid: number }>('select pg_backend_pid() as pid')) ?? []
  const waiting = `select 1 from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and query like $1 and ($2::int is null or $2 = any (pg_blocking_pids(pid)))`
  const isBlocked = async () => (await db.query(waiting, [`%${words}%`, holder?.pid])).length === count
  await expect.poll(async () => isOver || (await isBlocked()), { timeout: 20_000 }).toBe(true)
}
