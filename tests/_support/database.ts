import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { inject } from 'vitest'
import { type Database, openDatabase } from '../../src/database/index.ts'
import { databaseUrl, template } from './database-url.ts'

export interface TestDatabase {
  url: string
  database: Database
  /** Closes `database`, ends every other session on it and drops it. */
  drop(): Promise<void>
}

/** The product gives up after 1.5 s, because its callers wait; a test has the time that a busy machine takes. */
const connectTimeoutMs = 20_000

/** A fresh copy of the migrated template, for one test file or one test. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const failure = inject('migrationFailure')
  if (failure !== '') throw new Error(`There is no migrated database to copy: ${failure}`)
  return await create(template)
}

/** A database that nothing was migrated into. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  return await create('template1')
}

async function create(from: string): Promise<TestDatabase> {
  const serverUrl = inject('serverUrl')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await onServer(serverUrl, (server) => copy(server, from, name))
  const url = databaseUrl(serverUrl, name)
  const database = openDatabase({ url, connectTimeoutMs })
  return {
    url,
    database,
    async drop() {
      await database.close()
      await onServer(serverUrl, async (server) => {
        await server.query(`drop database if exists ${name} with (force)`)
      })
    },
  }
}

/** PostgreSQL copies a template only while nobody is connected to it, and another test may be copying: that passes. */
async function copy(server: Database, from: string, name: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await server.query(`create database ${name} template ${from} strategy ${inject('copyStrategy')}`)
      return
    } catch (error) {
      const inUse = error instanceof Error && 'code' in error && error.code === '55006'
      if (!inUse || attempt === 100) throw error
      await delay(50)
    }
  }
}

async function onServer(url: string, run: (server: Database) => Promise<void>): Promise<void> {
  const server = openDatabase({ url, maxConnections: 1, connectTimeoutMs, applicationName: 'test' })
  try {
    await run(server)
  } finally {
    await server.close()
  }
}
