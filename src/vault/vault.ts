import type { Database, Queryable } from '../database/index.ts'
import { ConfigurationError } from '../shared/errors.ts'
import { isUuid } from '../shared/id.ts'
import { consoleLog, type Log } from '../shared/log.ts'
import { openSecret, Secret } from '../shared/secret.ts'
import { findStore } from './find-store.ts'
import { establishMasterKey } from './key-state.ts'
import { createKeyring, type Keyring } from './keyring.ts'
import type { MasterKey } from './master-key.ts'
import type { MasterKeySource } from './master-key-source.ts'
import { open, parseSealed, type SealedForm, seal } from './sealed-value.ts'
import type { SecretStore } from './secret-store.ts'
import { deleteByName } from './sql/delete-by-name.ts'
import { findFingerprint } from './sql/find-fingerprint.ts'
import type { StoredSecretRow } from './sql/find-sealed.ts'
import { hushLog } from './sql/hush-log.ts'
import type { SecretSummaryRow } from './sql/list-sealed.ts'
import { unseal } from './sql/unseal.ts'

/** A secret without its value. */
export interface SecretSummary {
  id: string
  /** Null where it was created without one. */
  name: string | null
  description: string
  createdAt: Date
  /** When the value, the name or the description last changed. Sealing the same value anew does not count. */
  updatedAt: Date
  /** `plain` exists in Supabase's vault only: a value that a person typed and `reseal` has not taken over. */
  form: SealedForm
}

/** The keys at rest. Every failure to open one is a ConfigurationError `failed_to_decrypt_key`, never an empty value. */
export interface Vault {
  readonly kind: 'own' | 'supabase'
  /** Stores a value under a name and returns its id. A known name keeps its id and, without a new one, its description. */
  put(name: string, value: string, description?: string): Promise<string>
  /** A name that nothing refers to any more. One that there is not is no error. */
  remove(name: string): Promise<void>
  list(): Promise<SecretSummary[]>
  /** The value of `id`, to keep and to open with `openSecret`. `label` is what an error calls it; default its name. */
  read(id: string, label?: string): Promise<Secret>
  /**
   * Lends the plain value to `use` and returns what that returns.
   *
   * @example
   * await vault.withSecret(config.openaiKeyId, (key) => send({ authorization: `Bearer ${key}` }))
   */
  withSecret<T>(id: string, use: (value: string) => T | Promise<T>): Promise<T>
  /** Seals these with an envelope of ours where the database or a person did otherwise; returns how many that were. */
  reseal(ids: readonly string[]): Promise<number>
  /**
   * Lets `vault.decrypted_secrets` answer in this transaction, for the secrets that it sees now. One that does not open raises when it
   * is read. Call it again after storing more. On Supabase it does nothing: the view answers by itself, with envelopes as they are.
   */
  unsealInto(tx: Queryable): Promise<void>
  /** 32 bytes for one purpose, made from the master key as it was when the vault was opened: for what may be lost when the key changes. */
  deriveKey(purpose: string): Buffer
  /** Changes whenever a secret does, in whatever way it was written: for polling where no notification comes. */
  fingerprint(): Promise<string>
}

export interface VaultOptions {
  database: Database
  masterKey: MasterKeySource
  log?: Log
}

/**
 * Opens the vault of a migrated database, and on its very first opening installs the public key with which plain SQL sessions seal.
 * A wrong master key and a database without a vault are ConfigurationErrors that say what to do.
 *
 * @example
 * const vault = await openVault({ database, masterKey: masterKeyInFile(dataDir) })
 */
export async function openVault({ database, masterKey: source, log = consoleLog }: VaultOptions): Promise<Vault> {
  const store = await findStore(database)
  const masterKey = await establishMasterKey(database, source)
  const keyring = createKeyring(source, masterKey)
  const parts: Parts = { database, store, keyring, log }
  const read = (id: string, label?: string) => readSecret(parts, id, label)
  return {
    kind: store.kind,
    put: (name, value, description) => putSecret(parts, name, value, description),
    remove: async (name) => void (await database.query(deleteByName, [name])),
    list: async () => (await store.list(database)).map(fromRow),
    read,
    withSecret: async (id, use) => await openSecret(await read(id), use),
    reseal: (ids) => reseal(parts, ids),
    unsealInto: (tx) => unsealInto(parts, tx),
    deriveKey: (purpose) => masterKey.derive(purpose, 32),
    async fingerprint() {
      const [row] = await database.query<{ fingerprint: string }>(findFingerprint)
      return row?.fingerprint ?? ''
    },
  }
}

interface Parts {
  database: Database
  store: SecretStore
  keyring: Keyring
  log: Log
}

async function putSecret(parts: Parts, name: string, value: string, description: string | undefined): Promise<string> {
  if (name === '' || value === '') throw new ConfigurationError('config_invalid', 'A secret needs a name and a value')
  return await parts.database.transaction(async (tx) => {
    const key = await keyForWriting(parts, tx)
    return await parts.store.put(tx, { name, description, seal: (id) => seal(key, id, value) })
  })
}

async function readSecret(parts: Parts, id: string, label: string | undefined): Promise<Secret> {
  const { stored, value } = await findValue(parts, id, label)
  // What the database sealed for want of a key gets its envelope at once. The value is good whether or not that succeeds.
  if (parseSealed(stored.value)?.form === 'pgp') {
    await rewrap(parts, stored, value).catch((error: unknown) => {
      parts.log.error(`[Vault] Secret ${stored.id} is readable but could not be sealed anew`, error)
    })
  }
  return new Secret(value)
}

async function reseal(parts: Parts, ids: readonly string[]): Promise<number> {
  let count = 0
  for (const id of ids) {
    const { stored, value } = await findValue(parts, id, undefined)
    if (parseSealed(stored.value)?.form !== 'envelope' && (await rewrap(parts, stored, value))) count++
  }
  return count
}

async function unsealInto({ store, keyring }: Parts, tx: Queryable): Promise<void> {
  if (store.kind !== 'own') return
  const opened: Record<string, string | null> = {}
  for (const stored of await store.findAllSealed(tx)) {
    opened[stored.id] = await openStored(store, keyring, stored).catch(() => null)
  }
  await tx.query(hushLog)
  await tx.query(unseal, [JSON.stringify(opened)])
}

async function findValue(
  { database, store, keyring }: Parts,
  id: string,
  label: string | undefined,
): Promise<{ stored: StoredSecretRow; value: string }> {
  const stored = isUuid(id) ? await store.find(database, id) : undefined
  if (stored === undefined) throw failedToDecrypt(label ?? id, new Error(`There is no secret with the id ${id} in the vault`))
  try {
    return { stored, value: await openStored(store, keyring, stored) }
  } catch (cause) {
    throw failedToDecrypt(label ?? stored.name ?? id, cause)
  }
}

async function openStored(store: SecretStore, keyring: Keyring, stored: StoredSecretRow): Promise<string> {
  const sealed = parseSealed(stored.value)
  if (sealed) return await open(await keyring.find(sealed.keyId), stored.id, sealed)
  // Only Supabase's vault hands out what a person typed; in ours such a text is a row that somebody tampered with.
  if (store.kind === 'own' || stored.value === '') throw new Error('The row holds nothing that was sealed here')
  return stored.value
}

function rewrap(parts: Parts, stored: StoredSecretRow, value: string): Promise<boolean> {
  return parts.database.transaction(async (tx) => {
    const key = await keyForWriting(parts, tx)
    return await parts.store.rewrap(tx, stored, seal(key, stored.id, value))
  })
}

async function keyForWriting({ store, keyring }: Parts, tx: Queryable): Promise<MasterKey> {
  const keyId = await store.findKeyIdForWriting(tx)
  const key = keyId === undefined ? undefined : await keyring.find(keyId)
  if (key !== undefined && key.id === keyId) return key
  throw new ConfigurationError('config_invalid', 'The master key was rotated: start this process again with the new one')
}

function failedToDecrypt(which: string, cause: unknown): ConfigurationError {
  return new ConfigurationError('failed_to_decrypt_key', `Failed to decrypt key: ${which}`, { cause })
}

function fromRow(row: SecretSummaryRow): SecretSummary {
  const { id, name, description, form } = row
  return { id, name, description, createdAt: row.created_at, updatedAt: row.updated_at, form: form ?? 'plain' }
}
