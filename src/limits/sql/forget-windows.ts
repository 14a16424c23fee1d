import type { Queryable } from '../../database/index.ts'

/** Deletes the windows that nobody has used for two minutes. */
export async function forgetWindows(db: Queryable): Promise<void> {
  await db.query('select rate_forget()')
}
