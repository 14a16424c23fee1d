import type { Database } from '../database/index.ts'
import { ConfigurationError } from '../shared/errors.ts'
import { checkSecrets, type SecretCheck } from './check-secrets.ts'
import { findStore } from './find-store.ts'
import { toKeyState } from './key-state.ts'
import type { MasterKeySource } from './master-key-source.ts'
import type { KeyStateRow } from './sql/find-key-state.ts'
import { lockKeyState } from './sql/lock-key-state.ts'
import { updateKeyState } from './sql/update-key-state.ts'

/**
 * Lets the vault go on with the source's master key where the one that it is sealed with is gone for good. Nothing is deleted: secrets of the
 * lost key stay, do not open, and are named until they are stored again. Refuses where the right key is there after all.
 */
export async function replaceLostMasterKey(database: Database, source: MasterKeySource): Promise<SecretCheck> {
  const keys = await source.load()
  const [key] = keys
  if (key === undefined) throw new ConfigurationError('config_invalid', `There is no master key in ${source.place}`)
  const store = await findStore(database)
  await database.transaction(async (tx) => {
    await store.lockForRotation(tx)
    const [state] = await tx.query<KeyStateRow>(lockKeyState)
    if (keys.some(({ id }) => id === state?.key_id)) {
      const said = `The master key in ${source.place} is the one that this vault is sealed with: nothing is lost`
      throw new ConfigurationError('config_invalid', said)
    }
    await tx.query(updateKeyState, toKeyState(key))
  })
  return await checkSecrets(database, source)
}
