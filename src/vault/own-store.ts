import { randomUUID } from 'node:crypto'
import type { SecretStore } from './secret-store.ts'
import { findAllSealed } from './sql/find-all-sealed.ts'
import { findIdByName } from './sql/find-id-by-name.ts'
import { findKeyState, type KeyStateRow } from './sql/find-key-state.ts'
import { findSealed, type StoredSecretRow } from './sql/find-sealed.ts'
import { insertSealed } from './sql/insert-sealed.ts'
import { listSealed } from './sql/list-sealed.ts'
import { lockName } from './sql/lock-name.ts'
import { lockSecrets } from './sql/lock-secrets.ts'
import { replaceSealed } from './sql/replace-sealed.ts'
import { rewrapSealed } from './sql/rewrap-sealed.ts'

/** The `vault` schema of our own migration. Its triggers note the change and refuse what is sealed with a key that is no longer current. */
export const ownStore: SecretStore = {
  kind: 'own',

  async find(on, id) {
    const [row] = await on.query<StoredSecretRow>(findSealed, [id])
    return row
  },

  findAllSealed: (on) => on.query(findAllSealed),

  list: (on) => on.query(listSealed),

  // Without a lock: the trigger compares under its own, and taking that one here, before the table's, could deadlock with a rotation.
  async findKeyIdForWriting(tx) {
    const [state] = await tx.query<KeyStateRow>(findKeyState)
    return state?.key_id
  },

  async put(tx, { name, description, seal }) {
    await tx.query(lockName, [name])
    const [known] = await tx.query<{ id: string }>(findIdByName, [name])
    if (known) {
      await tx.query(replaceSealed, [known.id, seal(known.id), description])
      return known.id
    }
    const id = randomUUID()
    await tx.query(insertSealed, [id, name, description, seal(id)])
    return id
  },

  async rewrap(on, stored, sealed) {
    const rows = await on.query(rewrapSealed, [stored.id, stored.version, sealed])
    return rows.length === 1
  },

  async lockForRotation(tx) {
    await tx.query(lockSecrets)
  },
}
