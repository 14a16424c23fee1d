import type { Queryable } from '../database/index.ts'
import type { StoredSecretRow } from './sql/find-sealed.ts'
import type { SecretSummaryRow } from './sql/list-sealed.ts'

export interface NewSecret {
  name: string
  /** Undefined keeps the description of a known name. */
  description: string | undefined
  /** The text to store under an id: every value is sealed for the row that it stands in. */
  seal(id: string): string
}

/** What the two kinds of vault do differently. Nothing in here sees a plain value, but what a person typed into Supabase's vault. */
export interface SecretStore {
  readonly kind: 'own' | 'supabase'
  find(on: Queryable, id: string): Promise<StoredSecretRow | undefined>
  /** Every secret that is sealed with a master key. */
  findAllSealed(on: Queryable): Promise<StoredSecretRow[]>
  list(on: Queryable): Promise<SecretSummaryRow[]>
  /**
   * In a transaction: the id of the master key that values must be sealed with, undefined where none is installed. No rotation can
   * slip in between this and the write without the write failing.
   */
  findKeyIdForWriting(tx: Queryable): Promise<string | undefined>
  /** In a transaction. A known name gets the new value and keeps its id. */
  put(tx: Queryable, secret: NewSecret): Promise<string>
  /** Stores the same value sealed anew, unless it was changed since `stored` was read: then false. */
  rewrap(on: Queryable, stored: StoredSecretRow, sealed: string): Promise<boolean>
  /** In a transaction, before the key state is locked: keeps writers out until the rotation is done. */
  lockForRotation(tx: Queryable): Promise<void>
}
