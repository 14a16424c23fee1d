import type { Database, Queryable } from '../database/index.ts'
import { InvalidRequestError } from '../shared/errors.ts'
import { generateClientKey, hashClientKey, looksLikeClientKey } from './client-key.ts'
import { findClientKeyRow } from './sql/find-client-key.ts'
import { insertClientKey } from './sql/insert-client-key.ts'
import { type ListedKeyRow, listClientKeys } from './sql/list-client-keys.ts'
import { lockClient } from './sql/lock-client.ts'
import { revokeClientKey } from './sql/revoke-client-key.ts'

/** Of a client that makes its keys itself; the operator may make it more. */
const mostOwnKeys = 100

export interface KeyWish {
  clientId: string
  name: string
  /** Model identifiers as in the registry; undefined allows every model. */
  allowedModels?: readonly string[] | undefined
  requestsPerMinute?: number | undefined
  tokensPerMinute?: number | undefined
  maxConcurrentCalls?: number | undefined
  /** Either a length of time, or a moment (`2027-01-31`, in the client's time zone, or an ISO time with its own). */
  expires?: { seconds: number } | { at: string } | undefined
}

export interface CreatedKey {
  id: string
  /** The only time that it is there to be seen. */
  key: string
  prefix: string
  expiresAt: Date | undefined
}

/** A key without what it opens with. */
export interface ListedKey {
  id: string
  clientSlug: string
  timeZone: string
  name: string
  prefix: string
  allowedModels: string[] | undefined
  requestsPerMinute: number | undefined
  tokensPerMinute: number | undefined
  maxConcurrentCalls: number | undefined
  status: 'active' | 'expired' | 'revoked'
  createdAt: Date
  expiresAt: Date | undefined
  revokedAt: Date | undefined
  lastUsedAt: Date | undefined
}

/** Throws InvalidRequestError `invalid_body` for an end that is past. */
export async function createKey(db: Queryable, wish: KeyWish): Promise<CreatedKey> {
  if (wish.name.trim() === '') throw new InvalidRequestError('invalid_body', 'A key needs a name')
  const { key, hash, prefix } = generateClientKey()
  const row = await insertClientKey(db, {
    clientId: wish.clientId,
    name: wish.name,
    prefix,
    hash,
    allowedModels: wish.allowedModels,
    requestsPerMinute: wish.requestsPerMinute,
    tokensPerMinute: wish.tokensPerMinute,
    maxConcurrentCalls: wish.maxConcurrentCalls,
    lastsSeconds: wish.expires && 'seconds' in wish.expires ? wish.expires.seconds : undefined,
    expiresAt: wish.expires && 'at' in wish.expires ? wish.expires.at : undefined,
  })
  if (!row) throw new InvalidRequestError('invalid_body', 'A key must end in the future')
  return { id: row.id, key, prefix, expiresAt: row.expires_at ?? undefined }
}

/** One that a client makes itself. Throws InvalidRequestError `invalid_body` as `createKey`, and where it has a hundred active ones. */
export async function createOwnKey(db: Pick<Database, 'transaction'>, wish: KeyWish): Promise<CreatedKey> {
  return await db.transaction(async (tx) => {
    // Of several at once each sees those before it.
    await lockClient(tx, wish.clientId)
    const active = (await listKeys(tx, wish.clientId)).filter(({ status }) => status === 'active')
    if (active.length < mostOwnKeys) return await createKey(tx, wish)
    throw new InvalidRequestError(
      'invalid_body',
      `There are ${active.length} active keys already: revoke those that are not used any more.`,
    )
  })
}

/** Of one client, or of all. */
export async function listKeys(db: Queryable, clientId?: string): Promise<ListedKey[]> {
  return (await listClientKeys(db, clientId)).map(keyFromRow)
}

/**
 * By id, by prefix (or its beginning), or by the whole key. Revoking twice is revoking once. Throws InvalidRequestError where no key or
 * more than one is meant. Every replica refuses the key within a second.
 */
export async function revokeKey(db: Queryable, which: string): Promise<ListedKey> {
  const candidates = (await listKeys(db)).filter((key) => key.id === which || isPrefix(which, key.prefix))
  const byWhole = looksLikeClientKey(which) ? await findClientKeyRow(db, hashClientKey(which)) : undefined
  const meant = byWhole ? candidates.filter(({ id }) => id === byWhole.id) : candidates
  const [key] = meant
  if (!key) throw new InvalidRequestError('not_found', `There is no key "${shown(which)}": see catraca key list`)
  if (meant.length > 1) {
    throw new InvalidRequestError(
      'invalid_body',
      `"${which}" is the beginning of ${meant.length} keys: name one by its id (catraca key list)`,
    )
  }
  return { ...key, status: 'revoked', revokedAt: await revokeClientKey(db, key.id) }
}

/** Does this key open this client's door now? */
export async function isUsableKey(db: Queryable, key: string, clientId: string): Promise<boolean> {
  const row = looksLikeClientKey(key) ? await findClientKeyRow(db, hashClientKey(key)) : undefined
  return row?.client_id === clientId && row.revoked_at === null && (row.expires_at === null || row.expires_at.getTime() > Date.now())
}

/** `ctk_` alone would mean everybody's; a whole key has its prefix as its beginning. */
function isPrefix(which: string, prefix: string): boolean {
  if (looksLikeClientKey(which)) return which.startsWith(prefix)
  return which.length >= 8 && prefix.startsWith(which)
}

/** A whole key does not belong into an error. */
function shown(which: string): string {
  return which.length > 40 ? `${which.slice(0, 12)}…` : which
}

function keyFromRow(row: ListedKeyRow): ListedKey {
  return {
    id: row.id,
    clientSlug: row.client_slug,
    timeZone: row.time_zone,
    name: row.name,
    prefix: row.prefix,
    allowedModels: row.allowed_models ?? undefined,
    requestsPerMinute: row.requests_per_minute ?? undefined,
    tokensPerMinute: row.tokens_per_minute ?? undefined,
    maxConcurrentCalls: row.max_concurrent_calls ?? undefined,
    status: row.revoked_at ? 'revoked' : row.is_expired ? 'expired' : 'active',
    createdAt: row.created_at,
    expiresAt: row.expires_at ?? undefined,
    revokedAt: row.revoked_at ?? undefined,
    lastUsedAt: row.last_used_at ?? undefined,
  }
}
