import { type Config, readConfig } from '../config/index.ts'
import { type Database, openDatabase, startEmbedded } from '../database/index.ts'
import { openStore, type Store } from '../gateway/index.ts'
import { openSecret } from '../shared/secret.ts'
import { noticeLog, type Terminal } from './terminal.ts'

export interface StoreOptions {
  dataDir?: string | undefined
}

/** The settings of this command: its own flags over the environment. */
export function configFor(terminal: Terminal, options: StoreOptions): Config {
  return readConfig({ ...terminal.env, ...(options.dataDir !== undefined && { CATRACA_DATA_DIR: options.dataDir }) })
}

/**
 * The database and the vault for one command. A PostgreSQL inside that was running stays running, whoever started it; one that had to be
 * started for this command is stopped again.
 */
export async function withStore<T>(
  terminal: Terminal,
  options: StoreOptions,
  use: (store: Store, config: Config) => Promise<T>,
): Promise<T> {
  const config = configFor(terminal, options)
  const store = await openStore({ ...config, log: noticeLog(terminal) })
  try {
    return await use(store, config)
  } finally {
    await store.close({ keepServer: !store.startedServer })
  }
}

/** The database alone, as it is: opening the store would migrate it to the newest schema and want the right master key. */
export async function withDatabase<T>(
  terminal: Terminal,
  config: Config,
  applicationName: string,
  use: (database: Database) => Promise<T>,
): Promise<T> {
  const given = config.databaseUrl && openSecret(config.databaseUrl, (value) => value)
  const server =
    given === undefined ? await startEmbedded({ dataDir: config.dataDir, onProgress: (line) => terminal.err(line) }) : undefined
  const database = openDatabase({ url: given ?? server?.url ?? '', applicationName, maxConnections: 2 })
  try {
    return await use(database)
  } finally {
    await database.close()
    if (server?.started) await server.stopIfLast()
  }
}
