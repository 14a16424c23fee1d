import { InvariantError } from '../shared/errors.ts'
import type { SecretStore } from './secret-store.ts'
import { createThroughSupabase } from './sql/create-through-supabase.ts'
import { findAllEnvelopes } from './sql/find-all-envelopes.ts'
import { findDecrypted } from './sql/find-decrypted.ts'
import { findIdByName } from './sql/find-id-by-name.ts'
import type { StoredSecretRow } from './sql/find-sealed.ts'
import { listDecrypted } from './sql/list-decrypted.ts'
import { lockName } from './sql/lock-name.ts'
import { noteChange } from './sql/note-change.ts'
import { rewrapThroughSupabase } from './sql/rewrap-through-supabase.ts'
import { shareKeyState } from './sql/share-key-state.ts'
import { updateThroughSupabase } from './sql/update-through-supabase.ts'

/** Supabase's own vault, used through its functions and its view only. An envelope of ours is what it takes for the plain value. */
export const supabaseStore: SecretStore = {
  kind: 'supabase',

  async find(on, id) {
    const [row] = await on.query<StoredSecretRow>(findDecrypted, [id])
    return row
  },

  findAllSealed: (on) => on.query(findAllEnvelopes),

  list: (on) => on.query(listDecrypted),

  async findKeyIdForWriting(tx) {
    const [state] = await tx.query<{ key_id: string }>(shareKeyState)
    return state?.key_id
  },

  async put(tx, { name, description, seal }) {
    await tx.query(lockName, [name])
    const [known] = await tx.query<{ id: string }>(findIdByName, [name])
    // The id is known only once the row is there, and the envelope is bound to it: a placeholder goes first, and nobody sees it.
    const [created] = known ? [known] : await tx.query<{ id: string }>(createThroughSupabase, ['being sealed', name, description])
    if (created === undefined) throw new InvariantError('internal', 'vault.create_secret returned no id')
    await tx.query(updateThroughSupabase, [created.id, seal(created.id), description])
    await tx.query(noteChange)
    return created.id
  },

  async rewrap(on, stored, sealed) {
    const rows = await on.query(rewrapThroughSupabase, [stored.id, stored.version, sealed])
    await on.query(noteChange)
    return rows.length === 1
  },

  // The table is Supabase's. Our writers wait at the key state, and nobody else writes envelopes.
  async lockForRotation() {},
}
