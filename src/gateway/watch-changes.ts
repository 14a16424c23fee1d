import { type Database, isConnectionError } from '../database/index.ts'
import type { Log } from '../shared/log.ts'
import type { Vault } from '../vault/index.ts'
import { readChangeVersion } from './sql/read-change-version.ts'

/** A NOTIFY that a pooler swallowed, or that came while the connection was broken, is made up for within this time. */
const pollEveryMs = 5_000

/** Tells when clients, keys, budgets, models, the shared configuration or the vault have changed in the database. */
export async function watchChanges(options: {
  database: Database
  vault: Vault
  log: Log
  onChange: () => void
}): Promise<{ stop(): Promise<void> }> {
  const { database, vault, log, onChange } = options
  const readMark = async () => `${await readChangeVersion(database)} ${await vault.fingerprint()}`
  let mark = await readMark()
  let polling: Promise<void> | undefined
  const poll = async () => {
    try {
      const now = await readMark()
      if (now !== mark) onChange()
      mark = now
    } catch (error) {
      if (!isConnectionError(error)) log.error('[AI Gateway] looking for changes failed', error)
    }
  }
  const unlisten = await database.listen('catraca_changed', onChange)
  const timer = setInterval(() => {
    polling ??= poll().finally(() => {
      polling = undefined
    })
  }, pollEveryMs)
  timer.unref()
  return {
    async stop() {
      clearInterval(timer)
      await polling
      await unlisten()
    },
  }
}
