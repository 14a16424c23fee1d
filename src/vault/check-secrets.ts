import type { Queryable } from '../database/index.ts'
import { findStore } from './find-store.ts'
import type { MasterKeySource } from './master-key-source.ts'
import { open, parseSealed } from './sealed-value.ts'

export interface SecretCheck {
  /** How many open with the master keys of the source. */
  opened: number
  /** Those that do not. `keyId`: the master key that would open it, where the row says so. */
  failed: { id: string; name: string | null; keyId: string | undefined }[]
  /** The ids of the source's master keys; none where it has no key. */
  keyIds: string[]
}

/** Opens every sealed secret and throws its value away. Changes nothing, and does not care which master key the database believes in. */
export async function checkSecrets(on: Queryable, source: MasterKeySource): Promise<SecretCheck> {
  const keys = await source.load()
  const check: SecretCheck = { opened: 0, failed: [], keyIds: keys.map(({ id }) => id) }
  for (const { id, name, value } of await (await findStore(on)).findAllSealed(on)) {
    const sealed = parseSealed(value)
    const key = keys.find((candidate) => candidate.id === sealed?.keyId)
    const isOpen = sealed && key && (await open(key, id, sealed).then(Boolean, () => false))
    if (isOpen) check.opened += 1
    else check.failed.push({ id, name, keyId: sealed?.keyId })
  }
  return check
}
