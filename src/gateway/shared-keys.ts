import type { Queryable } from '../database/index.ts'
import { type CreatorName, creatorNames, type ProviderName, providers } from '../providers/index.ts'
import { ConfigurationError } from '../shared/errors.ts'
import type { Vault } from '../vault/index.ts'
import { listProviders } from './own-providers.ts'
import { findSharedConfigRow } from './sql/find-shared-config.ts'
import { setSharedKeyIds } from './sql/set-shared-keys.ts'
import { updateSharedRoute } from './sql/update-shared-route.ts'

type KeyName = 'gateway' | CreatorName

/** One of the five shared keys, as `shared_gateway_config` calls it, and whose key it is. */
export interface SharedKeySlot {
  key: KeyName
  provider: ProviderName
  /** The guide's name in the vault: `shared_openai_api_key`. */
  secretName: string
  description: string
  /** The guide asks for it only of those who want that provider's models. */
  isOptional: boolean
}

const missingRow = 'No shared configuration found: shared_gateway_config has no row'
const optionalKeys: ReadonlySet<KeyName> = new Set(['anthropic', 'google'])

/** In the guide's order. */
export const sharedKeySlots: readonly SharedKeySlot[] = [slot('gateway', 'vercel'), ...creatorNames.map((name) => slot(name, name))]

function slot(key: KeyName, provider: ProviderName): SharedKeySlot {
  return {
    key,
    provider,
    secretName: `shared_${key}_api_key`,
    description: `Shared ${providers[provider].displayName} API Key`,
    isOptional: optionalKeys.has(key),
  }
}

/** What `shared_gateway_config` names, without opening anything. Undefined where it has no row. */
export async function findSharedKeys(db: Queryable): Promise<{ route: string; ids: Partial<Record<KeyName, string>> } | undefined> {
  const row = await findSharedConfigRow(db)
  if (!row) return undefined
  const named = sharedKeySlots.flatMap(({ key }) => {
    const id = row[`${key}_api_key_secret_id`]
    return id === null ? [] : [[key, id] as const]
  })
  return { route: row.route, ids: Object.fromEntries(named) }
}

/** Nobody can be called: no shared key is named and there is no provider of the operator's own, which needs none. That is when a demo may stand in. */
export async function lacksProviders(db: Queryable): Promise<boolean> {
  const shared = await findSharedKeys(db)
  return shared !== undefined && Object.keys(shared.ids).length === 0 && (await listProviders(db)).length === 0
}

/**
 * Stores keys under the guide's names and links them; a name that is known is rotated. Running gateways use them within a second.
 * Throws ConfigurationError `no_shared_configuration` where the configuration's row is gone.
 */
export async function storeSharedKeys(
  store: { owner: Queryable; vault: Vault },
  keys: ReadonlyMap<KeyName, string>,
): Promise<{ slot: SharedKeySlot; id: string; isNew: boolean }[]> {
  const before = new Set((await store.vault.list()).map(({ name }) => name))
  const stored: { slot: SharedKeySlot; id: string; isNew: boolean }[] = []
  for (const slot of sharedKeySlots) {
    const value = keys.get(slot.key)
    if (value === undefined) continue
    const id = await store.vault.put(slot.secretName, value, slot.description)
    stored.push({ slot, id, isNew: !before.has(slot.secretName) })
  }
  const linked = await setSharedKeyIds(store.owner, Object.fromEntries(stored.map(({ slot, id }) => [slot.key, id])))
  if (!linked) throw new ConfigurationError('no_shared_configuration', missingRow)
  return stored
}

/** Running gateways take it within a second. Throws ConfigurationError `no_shared_configuration` where the configuration's row is gone. */
export async function setSharedRoute(db: Queryable, route: 'auto' | 'vercel' | 'direct'): Promise<void> {
  if (!(await updateSharedRoute(db, route))) throw new ConfigurationError('no_shared_configuration', missingRow)
}
