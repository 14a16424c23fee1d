import { type Database, type EmbeddedServer, migrate, openDatabase, prepareGatewayLogin, startEmbedded } from '../database/index.ts'
import type { Log } from '../shared/log.ts'
import { openSecret, type Secret } from '../shared/secret.ts'
import { configuredMasterKey, openVault, type Vault } from '../vault/index.ts'

/** After this long without an answer a statement's connection is dead: a machine that vanished tells nobody. */
const lostAnswerMs = 15_000

export interface StoreOptions {
  /** Undefined: the PostgreSQL inside, in `dataDir`. */
  databaseUrl: Secret | undefined
  dataDir: string
  /** 32 bytes in base64. Undefined: the key in `dataDir`. */
  masterKey: Secret | undefined
  /** For calls; default 10. */
  maxConnections?: number | undefined
  log: Log
}

/** The database, migrated, and its vault, open. */
export interface Store {
  /** As the owner: for migrations and the operator's own commands. */
  owner: Database
  /** As the gateway's own role where the database is ours; as the given one otherwise. Gives up a connection that went silent. */
  gateway: Database
  vault: Vault
  /** For `psql` and other people's tools. Holds a password. */
  url: string
  /** As `gateway`. Holds a password. */
  gatewayUrl: string
  /** The names of the migrations that this start applied. */
  migrated: string[]
  /** The PostgreSQL inside was not running and was started for this. */
  startedServer: boolean
  /** From now on the PostgreSQL inside is started again when it dies. */
  keepServerUp(): void
  /** Stops the PostgreSQL inside as well, unless another process uses it or `keepServer` is said. */
  close(options?: { keepServer?: boolean }): Promise<void>
}

/** Throws ConfigurationError where the database, its version, its migrations or the master key are not right. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { dataDir, log } = options
  const databaseUrl = options.databaseUrl && openSecret(options.databaseUrl, (value) => value)
  const server = databaseUrl === undefined ? await startEmbedded({ dataDir, onProgress: (line) => log.info(line) }) : undefined
  const url = databaseUrl ?? (server as EmbeddedServer).url
  const owner = openDatabase({ url, applicationName: 'catraca-owner', maxConnections: 4 })
  try {
    const migrated = await migrate(owner)
    const vault = await openVault({ database: owner, masterKey: configuredMasterKey(options), log })
    if (server) await prepareGatewayLogin(server)
    const gatewayUrl = server?.gatewayUrl ?? url
    const gateway = openDatabase({ url: gatewayUrl, applicationName: 'catraca-gateway', queryTimeoutMs: lostAnswerMs, ...maxOf(options) })
    return {
      owner,
      gateway,
      vault,
      url,
      gatewayUrl,
      startedServer: server?.started ?? false,
      migrated: migrated.map((migration) => migration.name),
      keepServerUp: () => server?.keepUp(log),
      async close({ keepServer = false } = {}) {
        await Promise.all([owner.close(), gateway.close()])
        if (!keepServer) await server?.stopIfLast()
      },
    }
  } catch (error) {
    await owner.close()
    // A server that ran before, perhaps left running on purpose, is not ours to stop.
    if (server?.started) await server.stopIfLast()
    throw error
  }
}

function maxOf({ maxConnections }: StoreOptions): { maxConnections?: number } {
  return maxConnections === undefined ? {} : { maxConnections }
}
