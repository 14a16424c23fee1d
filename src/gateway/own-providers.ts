import { type Database, isConnectionError, type Queryable } from '../database/index.ts'
import { creatorNames, describeProvider, type ProviderDescription, type ProviderEntry } from '../providers/index.ts'
import { ConfigurationError, type GatewayError, toGatewayError } from '../shared/errors.ts'
import type { Log } from '../shared/log.ts'
import type { Secret } from '../shared/secret.ts'
import type { Vault } from '../vault/index.ts'
import { deleteProviderRow } from './sql/delete-provider.ts'
import { findProviderRows, type ProviderRow } from './sql/find-providers.ts'
import { putProviderRow } from './sql/put-provider.ts'

/** What is known of the operator's own providers: those that can be called, with their keys, and why others cannot. */
export interface OwnProviders {
  /** Undefined: there is one of that name, and it cannot be called. */
  descriptions: ReadonlyMap<string, ProviderDescription | undefined>
  keys: ReadonlyMap<string, Secret>
  /** Those that are wrong; not those that are switched off. */
  failures: ReadonlyMap<string, GatewayError>
}

/** One of them fails alone: calls that do not need it go on. */
export async function loadOwnProviders(
  database: Database,
  vault: Vault,
  { allowedPackages, log }: { allowedPackages: readonly string[]; log: Log },
): Promise<OwnProviders> {
  const descriptions = new Map<string, ProviderDescription | undefined>()
  const keys = new Map<string, Secret>()
  const failures = new Map<string, GatewayError>()
  for (const row of await findProviderRows(database)) {
    descriptions.set(row.name, undefined)
    if (!row.is_active) continue
    try {
      const description = describeProvider(toEntry(row), allowedPackages)
      if (row.api_key_secret_id !== null) keys.set(row.name, await vault.read(row.api_key_secret_id, row.name))
      descriptions.set(row.name, description)
    } catch (error) {
      if (isConnectionError(error)) throw error
      const failure = toGatewayError(error)
      log.error(`[AI Gateway] The provider ${row.name} cannot be called: ${failure.publicMessage}`)
      failures.set(row.name, failure)
    }
  }
  return { descriptions, keys, failures }
}

/** An operator's provider, as the commands show it. */
export interface OwnProvider {
  entry: ProviderEntry
  /** In the vault; undefined where it needs none. */
  keyId: string | undefined
  isActive: boolean
}

export async function listProviders(db: Queryable): Promise<OwnProvider[]> {
  return (await findProviderRows(db)).map(toOwnProvider)
}

/** The names of those whose models may be in the registry: the built-in ones, then the operator's own. */
export async function knownProviders(db: Queryable): Promise<string[]> {
  return [...creatorNames, ...(await findProviderRows(db)).map(({ name }) => name)]
}

/** Throws ConfigurationError where there is none of that name. */
export async function getProvider(db: Queryable, name: string): Promise<OwnProvider> {
  const row = (await findProviderRows(db)).find((candidate) => candidate.name === name)
  if (row) return toOwnProvider(row)
  throw new ConfigurationError('config_invalid', `There is no provider "${name}" of yours. Add it: npx catraca provider add ${name}`)
}

/** Its key's name in the vault. */
export function providerSecretName(name: string): string {
  return `provider_${name}_api_key`
}

/**
 * Adds a provider, or replaces all that is said of it. Running gateways call it within a second. Without a `key` one that is in the vault
 * under its name is used, where the entry has one. Only an owner of the database may.
 *
 * @throws ConfigurationError for an address or a package that is not allowed, or a key that there is not
 */
export async function storeProvider(
  { owner, vault }: { owner: Queryable; vault: Vault },
  entry: ProviderEntry,
  { key, allowedPackages }: { key: string | undefined; allowedPackages: readonly string[] },
): Promise<{ isNew: boolean }> {
  describeProvider(entry, allowedPackages)
  const keyId = entry.hasKey ? await storeKey(vault, entry, key) : null
  try {
    return { isNew: await putProviderRow(owner, toRow(entry, keyId)) }
  } catch (error) {
    const words = error instanceof Error && 'constraint' in error ? refusals[String(error.constraint)] : undefined
    throw words === undefined ? error : new ConfigurationError('config_invalid', words, { cause: error })
  }
}

/** What the table does not take, in words. */
const refusals: Readonly<Record<string, string>> = {
  providers_name: 'The name of a provider is small letters, digits, - and _, at most 63',
  providers_name_is_free: 'A provider of this name is built in: its key is stored by `catraca setup`',
  providers_display_name: 'The display name has 1 to 100 characters',
  providers_query: 'A query parameter has a name such as api-version and a value of at most 200 printable characters, and is no key',
  providers_headers:
    'The headers that may be set are http-referer, x-title, openai-organization, openai-project and x-goog-user-project, in small letters; a key is stored as one',
  providers_kinds: 'The kinds are some of embeddings, transcriptions, translations, speech, images, image-edits and moderations',
  providers_probe_path: 'The probe path begins with / and has no query',
  providers_package: 'The package is the name of an npm package, such as @ai-sdk/cohere',
  providers_export_name: 'The export is the function that makes the provider, such as createCohere',
  providers_package_of_kind: 'A package and its export belong together',
  providers_options: 'An option has a name such as region; keys, headers and addresses are none',
}

async function storeKey(vault: Vault, { name, displayName }: ProviderEntry, key: string | undefined): Promise<string> {
  const secretName = providerSecretName(name)
  if (key !== undefined) return await vault.put(secretName, key, `${displayName} API Key`)
  const known = (await vault.list()).find((secret) => secret.name === secretName)
  if (known) return known.id
  throw new ConfigurationError('config_invalid', `The provider "${name}" has no key yet: give it on standard input with --key-stdin`)
}

/** Calls under way go on. Throws ConfigurationError where there is none of that name. */
export async function removeProvider(owner: Queryable, name: string): Promise<void> {
  if (await deleteProviderRow(owner, name)) return
  throw new ConfigurationError('config_invalid', `There is no provider "${name}" of yours; nothing was removed`)
}

function toOwnProvider(row: ProviderRow): OwnProvider {
  return { entry: toEntry(row), keyId: row.api_key_secret_id ?? undefined, isActive: row.is_active }
}

function toEntry(row: ProviderRow): ProviderEntry {
  return {
    name: row.name,
    displayName: row.display_name,
    kind: row.kind,
    baseUrl: row.base_url,
    allowHttp: row.allow_http,
    hasKey: row.api_key_secret_id !== null,
    auth: row.auth,
    query: row.query,
    headers: row.headers,
    limitField: row.limit_field,
    supportsStreamUsage: row.supports_stream_usage,
    probePath: row.probe_path,
    kinds: row.kinds,
    package: row.package ?? undefined,
    exportName: row.export_name ?? undefined,
    options: row.options,
  }
}

/** A provider for machines: a row of `providers` without its id. */
export function providerToJson({ entry, keyId, isActive }: OwnProvider) {
  return { ...toRow(entry, keyId ?? null), is_active: isActive }
}

function toRow(entry: ProviderEntry, keyId: string | null): Omit<ProviderRow, 'id' | 'is_active'> {
  return {
    name: entry.name,
    display_name: entry.displayName,
    kind: entry.kind,
    base_url: entry.baseUrl,
    allow_http: entry.allowHttp,
    api_key_secret_id: keyId,
    auth: entry.auth,
    query: entry.query,
    headers: entry.headers,
    limit_field: entry.limitField,
    supports_stream_usage: entry.supportsStreamUsage,
    probe_path: entry.probePath,
    kinds: [...entry.kinds],
    package: entry.package ?? null,
    export_name: entry.exportName ?? null,
    options: entry.options,
  }
}
