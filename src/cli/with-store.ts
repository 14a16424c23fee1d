import { type Config, readConfig } from '../config/index.ts'
import { openStore, type Store } from '../gateway/index.ts'
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
