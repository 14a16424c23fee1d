import { randomBytes } from 'node:crypto'
import type { Secret } from '../shared/secret.ts'
import type { Store } from './open-store.ts'
import { lockAccountsSecret } from './sql/lock-accounts-secret.ts'

const name = 'accounts_secret'

/**
 * What signs the dashboard's cookies and seals second factors: made once and kept in the vault. Derived from the master key it would
 * change with it, and a rotation would lock out whoever has a second factor.
 */
export async function getAccountsSecret({ owner, vault }: Pick<Store, 'owner' | 'vault'>): Promise<Secret> {
  return await owner.transaction(async (tx) => {
    await tx.query(lockAccountsSecret)
    const known = (await vault.list()).find((secret) => secret.name === name)
    const id =
      known?.id ?? (await vault.put(name, randomBytes(32).toString('base64'), 'Signs log-ins to the dashboard and seals second factors'))
    return await vault.read(id)
  })
}
