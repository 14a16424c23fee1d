import pg from 'pg'
import { openDatabase } from './database.ts'
import type { EmbeddedServer } from './embedded.ts'

/** Any number, so long as every Catraca takes the same lock: two that alter one role at once would fail. */
const lockKey = 7_202_611_220_002n

/**
 * Lets the gateway's own role, which a migration made without a login, log in with the password in the data directory, so that
 * `server.gatewayUrl` works. To be called after `migrate`; does nothing when it works already.
 */
export async function prepareGatewayLogin(server: EmbeddedServer): Promise<void> {
  const { username, password } = new URL(server.gatewayUrl)
  if (await canLogIn(server.gatewayUrl)) return
  const database = openDatabase({ url: server.url, maxConnections: 1 })
  try {
    await database.transaction(async (tx) => {
      await tx.query('select pg_advisory_xact_lock($1)', [lockKey])
      await tx.query(`alter role ${pg.escapeIdentifier(username)} login password ${pg.escapeLiteral(password)}`)
    })
  } finally {
    await database.close()
  }
}

async function canLogIn(url: string): Promise<boolean> {
  const database = openDatabase({ url, maxConnections: 1 })
  try {
    await database.query('select 1')
    return true
  } catch {
    return false
  } finally {
    await database.close()
  }
}
