import { expect, test } from 'vitest'
import { createTestDatabase } from '../../../tests/_support/database.ts'
import { ensurePartitions } from './ensure-partitions.ts'

test('the months ahead are made, also at the same time by two, and by the gateway’s own role', async () => {
  const { database, drop } = await createTestDatabase()
  const months = async () =>
    (
      await database.query<{ name: string }>(
        "select relid::text as name from pg_partition_tree('gateway_usage_logs') where isleaf and relid::text ~ '\\d{6}$' order by 1",
      )
    ).map((row) => row.name)
  try {
    const made = await months()
    await database.query(`drop table ${made.at(-1)}, ${made.at(-2)}`)
    const asGateway = () =>
      database.transaction(async (tx) => {
        await tx.query('set local role catraca_gateway')
        await ensurePartitions(tx)
      })
    await Promise.all([asGateway(), asGateway()])
    expect(await months()).toEqual(made)
    const [open] = await database.query(
      "select 1 from pg_class where relkind = 'r' and relname ~ '^gateway_usage_logs_' and not relrowsecurity",
    )
    expect(open).toBeUndefined()
  } finally {
    await drop()
  }
})
