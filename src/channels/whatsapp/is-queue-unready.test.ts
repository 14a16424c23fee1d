import { expect, test } from 'vitest'
import { createTestDatabase } from '../../../tests/_support/database.ts'
import { isQueueUnready } from './is-queue-unready.ts'
import { rescue } from './sql/rescue.ts'

test('a queue whose migrations are under way is not ready, and nothing worse', async () => {
  const db = await createTestDatabase()
  try {
    for (const step of [
      'select 1',
      'create schema graphile_worker',
      'create view graphile_worker.jobs as select null::timestamptz as locked_at, null::text as locked_by, null::text as task_identifier',
    ]) {
      await db.database.query(step)
      await expect(rescue(db.database, 1_000)).rejects.toSatisfy(isQueueUnready)
    }
  } finally {
    await db.drop()
  }
  expect(isQueueUnready(new Error('something else'))).toBe(false)
})
