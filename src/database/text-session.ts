import pg from 'pg'
import { clientConfig } from './client-config.ts'
import { sayGoodbye } from './client-lifetime.ts'
import type { Queryable } from './database.ts'

export interface TextField {
  name: string
  isNumeric: boolean
}

/** One statement's outcome as PostgreSQL itself writes it. */
export interface TextResult {
  /** `INSERT 0 1`, `CREATE TABLE`; empty for an empty statement. */
  tag: string
  /** Empty for statements that return no rows. */
  fields: TextField[]
  rows: (string | null)[][]
}

/** One connection for a person who types SQL: values stay the text that PostgreSQL sends, and a transaction may span statements. */
export interface TextSession extends Queryable {
  /** Outside a transaction, in one, or in one that failed and can only be rolled back. */
  readonly status: 'idle' | 'open' | 'failed'
  /** Runs one statement. Rejects with the database's own error. */
  run(sql: string): Promise<TextResult>
  begin(): Promise<void>
  commit(): Promise<void>
  rollback(): Promise<void>
  /** Asks the server to give up the statement that is running. */
  cancel(): Promise<void>
  close(): Promise<void>
}

const numericTypeIds = new Set([20, 21, 23, 26, 700, 701, 790, 1700])
const asText: pg.CustomTypesConfig = { getTypeParser: () => (value: string | Buffer) => value as string }

/** `onNotice` gets what the server says besides its answers, as in `NOTICE:  relation exists, skipping`. */
export async function openTextSession(url: string, onNotice: (line: string) => void): Promise<TextSession> {
  const client = new pg.Client(clientConfig(url, 'catraca-sql'))
  let tag = ''
  client.on('error', () => {})
  client.on('notice', (notice) => onNotice(`${notice.severity ?? 'NOTICE'}:  ${notice.message}`))
  await client.connect()
  // `pg` keeps only the first word of a command's tag.
  withConnection(client).connection.on('commandComplete', (message) => {
    tag = message.text
  })
  return {
    get status() {
      return ({ I: 'idle', T: 'open', E: 'failed' } as const)[client.getTransactionStatus() ?? 'I']
    },
    query: async <R extends object>(sql: string, params?: readonly unknown[]) => (await client.query<R>(sql, params && [...params])).rows,
    async run(sql) {
      tag = ''
      const result = await client.query<(string | null)[]>({ text: sql, rowMode: 'array', types: asText })
      const fields = result.fields.map(({ name, dataTypeID }) => ({ name, isNumeric: numericTypeIds.has(dataTypeID) }))
      return { tag, fields, rows: result.rows }
    },
    async begin() {
      await client.query('begin')
    },
    async commit() {
      await client.query('commit')
    },
    async rollback() {
      await client.query('rollback')
    },
    async cancel() {
      const other = new pg.Client(clientConfig(url, 'catraca-sql'))
      try {
        await other.connect()
        await other.query('select pg_cancel_backend($1)', [withConnection(client).processID])
      } finally {
        await other.end()
      }
    },
    close: () => sayGoodbye(client.end()),
  }
}

interface WithConnection {
  connection: { on(event: 'commandComplete', listener: (message: { text: string }) => void): void }
  processID: number
}

/** Both are there; the types do not say so. */
function withConnection(client: pg.Client): WithConnection {
  return client as unknown as WithConnection
}
