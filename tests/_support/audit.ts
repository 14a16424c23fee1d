import { expect } from 'vitest'
import { type AuditReport, runAudit } from '../../src/cli/audit/run-audit.ts'
import type { Queryable } from '../../src/database/index.ts'

/** The closing check of a test: what `catraca audit` looks at is in order, for all clients. Answers what was counted. */
export async function expectBooksInOrder(db: Queryable): Promise<AuditReport> {
  const report = await runAudit(db, { clientId: undefined, since: '-infinity' })
  expect(report.differences).toEqual([])
  return report
}
