import type { Queryable } from '../database/index.ts'
import { ConfigurationError } from '../shared/errors.ts'
import { ownStore } from './own-store.ts'
import type { SecretStore } from './secret-store.ts'
import { findVaultKind, type VaultKindRow } from './sql/find-vault-kind.ts'
import { supabaseStore } from './supabase-store.ts'

/** The kind of vault that this database has. */
export async function findStore(on: Queryable): Promise<SecretStore> {
  const [row] = await on.query<VaultKindRow>(findVaultKind)
  if (row?.kind === 'own') return ownStore
  if (row?.kind === 'supabase') return supabaseStore
  throw new ConfigurationError(
    'config_invalid',
    'This database has no vault: run "npx catraca migrate"; if a schema named vault is there that is neither Catraca\'s nor Supabase\'s, rename it first',
  )
}
