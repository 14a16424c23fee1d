import type { Queryable } from '../database/index.ts'
import { InvalidRequestError } from '../shared/errors.ts'
import { type Client, fromRow, isSlug } from './client.ts'
import { findClientRow } from './sql/find-client.ts'
import { type ClientPageQuery, findClientPage } from './sql/find-client-page.ts'
import { findTestClientId } from './sql/find-test-client.ts'
import { insertClient, type NewClient } from './sql/insert-client.ts'
import { type ClientChange, updateClient } from './sql/update-client.ts'

export interface ListedClient extends Client {
  /** Keys that are neither revoked nor expired. */
  activeKeys: number
  createdAt: Date
}

/**
 * Throws InvalidRequestError `invalid_body` for a slug that is taken or is no slug. An unknown time zone is the database's own error.
 *
 * @example
 * const client = await createClient(store.owner, { slug: 'acme', name: 'Acme Ltda.', usesGateway: true })
 */
export async function createClient(db: Queryable, wanted: NewClient): Promise<Client> {
  if (!isSlug(wanted.slug)) {
    throw new InvalidRequestError('invalid_body', `"${wanted.slug}" is no slug: lower-case letters, digits, - and _, at most 63`)
  }
  if (wanted.name.trim() === '') throw new InvalidRequestError('invalid_body', 'A client needs a name')
  const row = await insertClient(db, wanted)
  if (!row) throw new InvalidRequestError('invalid_body', `There is already a client "${wanted.slug}"`)
  return fromRow(row)
}

/** By id or slug, straight from the database. */
export async function findClient(db: Queryable, idOrSlug: string): Promise<Client | undefined> {
  const row = await findClientRow(db, idOrSlug)
  return row && fromRow(row)
}

/** Like `findClient`; throws InvalidRequestError `not_found`. */
export async function getClient(db: Queryable, idOrSlug: string): Promise<Client> {
  const client = await findClient(db, idOrSlug)
  if (!client) throw new InvalidRequestError('not_found', `There is no client "${idOrSlug}": see catraca client list`)
  return client
}

/** Whose budget a test call is made on when nobody says; see `ClientDirectory.findForTest`. */
export async function findTestClient(db: Queryable): Promise<Client | undefined> {
  const id = await findTestClientId(db)
  return id === undefined ? undefined : await findClient(db, id)
}

/** All of them, by slug. */
export async function listClients(db: Queryable): Promise<ListedClient[]> {
  const everything = {
    search: undefined,
    plan: undefined,
    status: undefined,
    sort: 'slug',
    order: 'asc',
    offset: 0,
    limit: undefined,
  } as const
  return (await pageClients(db, everything)).clients
}

/** A page of clients by what is asked for, with how many there are in all. */
export async function pageClients(db: Queryable, query: ClientPageQuery): Promise<{ clients: ListedClient[]; total: number }> {
  const { rows, total } = await findClientPage(db, query)
  return { clients: rows.map((row) => ({ ...fromRow(row), activeKeys: row.active_keys, createdAt: row.created_at })), total }
}

/** A hundred years: PostgreSQL counts no days before the Stone Age, and one client's number would end the cleaning for all. */
const mostRetentionDays = 36_500

/**
 * What is not named stays. On another plan the client gets that plan's default budgets; of a kind that the old plan had too, what was used
 * stays used. Throws InvalidRequestError `not_found`, or `invalid_body` for a name or plan that is empty, or a
 * retention of more than a hundred years. Every replica sees it within a
 * second.
 *
 * @example
 * await changeClient(store.owner, 'acme', { plan: 'pro', use_ai_gateway: true })
 */
export async function changeClient(db: Queryable, idOrSlug: string, change: ClientChange): Promise<Client> {
  if (change.name?.trim() === '') throw new InvalidRequestError('invalid_body', 'A client needs a name')
  if (change.plan?.trim() === '') throw new InvalidRequestError('invalid_body', 'A plan needs a name')
  if ((change.message_retention_days ?? 0) > mostRetentionDays) {
    throw new InvalidRequestError('invalid_body', 'Messages are deleted after 36,500 days at the most; none keeps them for good')
  }
  const { id } = await getClient(db, idOrSlug)
  await updateClient(db, id, change)
  return await getClient(db, id)
}
