import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { migrate, openDatabase } from '../../src/database/index.ts'
import { hasPostgres15, startPostgres15 } from '../_support/postgres15.ts'

const reviewed = new URL('../schema.sql', import.meta.url)

/** pg_dump's own lines that differ from run to run or from one minor version to the next, and the partitions, which follow the calendar. */
function comparable(dump: string): string {
  return dump
    .split(/\n(?=--\n-- (?:Name|Type|PostgreSQL))/)
    .filter((section) => !/gateway_usage_logs_(?:default|\d{6})/.test(section))
    .join('\n')
    .split('\n')
    .filter((line) => !/^(?:--|SET |SELECT pg_catalog.set_config|\\(?:un)?restrict )/.test(line))
    .join('\n')
    .replace(/\n{2,}/g, '\n\n')
    .trim()
}

// UPDATE_SCHEMA=1 writes the file anew; its diff is what a reviewer reads.
test.skipIf(!hasPostgres15)('the schema is the reviewed one, on PostgreSQL 15', async () => {
  const server = await startPostgres15()
  try {
    const database = openDatabase({ url: server.url })
    await migrate(database)
    await database.close()
    const { stdout } = await promisify(execFile)('pg_dump', ['--schema-only', '--no-owner', server.url], { maxBuffer: 64 * 1024 * 1024 })
    const schema = `${comparable(stdout)}\n`
    if (process.env.UPDATE_SCHEMA) await writeFile(reviewed, schema)
    expect(schema).toBe(await readFile(reviewed, 'utf8'))
  } finally {
    await server.stop()
  }
})
