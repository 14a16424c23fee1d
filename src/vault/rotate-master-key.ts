import type { Database, Queryable } from '../database/index.ts'
import { ConfigurationError, InvariantError } from '../shared/errors.ts'
import { findStore } from './find-store.ts'
import { establishMasterKey, refuseTampered, toKeyState } from './key-state.ts'
import type { MasterKey } from './master-key.ts'
import { type MasterKeySource, masterKeyInFile, promoteNextMasterKey, writeNextMasterKey } from './master-key-source.ts'
import { open, parseSealed, seal } from './sealed-value.ts'
import type { SecretStore } from './secret-store.ts'
import type { KeyStateRow } from './sql/find-key-state.ts'
import type { StoredSecretRow } from './sql/find-sealed.ts'
import { lockKeyState } from './sql/lock-key-state.ts'
import { updateKeyState } from './sql/update-key-state.ts'

/**
 * Seals every secret with `newKey` and returns how many there were. One transaction: each is opened again from the database and
 * compared before it commits, so afterwards either all of them open with the new key or nothing has changed. Processes that still
 * have the old key fail to open secrets until they get the new one.
 */
export async function rotateMasterKey(database: Database, oldKey: MasterKey, newKey: MasterKey): Promise<number> {
  const store = await findStore(database)
  return await database.transaction(async (tx) => {
    await store.lockForRotation(tx)
    await refuseWrongKey(tx, oldKey)
    const before = await openAll(tx, store, oldKey)
    await tx.query(updateKeyState, toKeyState(newKey))
    for (const { stored, value } of before) await store.rewrap(tx, stored, seal(newKey, stored.id, value))
    const after = await openAll(tx, store, newKey)
    const same = after.length === before.length && before.every(({ value }, index) => after[index]?.value === value)
    if (!same) throw new InvariantError('internal', 'The rotation of the master key did not keep every secret, and was undone')
    return after.length
  })
}

/**
 * The same for a master key that is kept in `<dataDir>/master-key`: makes the new key itself. The new key is on disk before the
 * database changes, and a process that finds the rotation cut off there takes whichever of the two fits. A running gateway on
 * the same directory goes on without a restart.
 */
export async function rotateMasterKeyFile(database: Database, dataDir: string): Promise<number> {
  const source: MasterKeySource = masterKeyInFile(dataDir)
  const oldKey = await establishMasterKey(database, source)
  const [current] = await source.load()
  if (current?.id !== oldKey.id) await promoteNextMasterKey(dataDir)
  const newKey = await writeNextMasterKey(dataDir)
  const count = await rotateMasterKey(database, oldKey, newKey)
  await promoteNextMasterKey(dataDir)
  return count
}

async function refuseWrongKey(tx: Queryable, oldKey: MasterKey): Promise<void> {
  const [state] = await tx.query<KeyStateRow>(lockKeyState)
  if (state?.key_id !== oldKey.id) {
    throw new ConfigurationError(
      'config_invalid',
      `Wrong master key: this vault is sealed with ${state?.key_id ?? 'none yet'}, and the old key is ${oldKey.id}`,
    )
  }
  refuseTampered(state, oldKey)
}

async function openAll(tx: Queryable, store: SecretStore, key: MasterKey): Promise<{ stored: StoredSecretRow; value: string }[]> {
  const opened: { stored: StoredSecretRow; value: string }[] = []
  for (const stored of await store.findAllSealed(tx)) {
    const sealed = parseSealed(stored.value)
    try {
      if (sealed === undefined) throw new Error('The row holds nothing that was sealed here')
      opened.push({ stored, value: await open(key, stored.id, sealed) })
    } catch (cause) {
      throw new ConfigurationError('failed_to_decrypt_key', `Failed to decrypt key: ${stored.name ?? stored.id}`, { cause })
    }
  }
  return opened
}
